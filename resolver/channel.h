/*
 * A c-ares channel for one nameserver, with its sockets in a table that grows: neither ares_fds
 * (FD_SET) nor ares_getsock (16 sockets) would do in a process with many descriptors.
 *
 * c-ares 1.18 fails every query of a channel when one TCP connection breaks. Therefore a channel
 * that several hosts share speaks UDP only: answers that ask for TCP are held back and reported,
 * and the host is asked again on a channel of its own.
 */
#ifndef RESOLVER_CHANNEL_H
#define RESOLVER_CHANNEL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "resolver/cares.h"
#include "resolver/servers.h"

enum channel_kind {
    CHANNEL_SHARED, /* many hosts, UDP */
    CHANNEL_ALONE,  /* one host, UDP, then TCP if the answer was cut */
    CHANNEL_TCP,    /* one host, TCP */
    CHANNEL_SEARCH  /* one host whose name has no dot: with the search list of resolv.conf */
};

struct channel;

/* A cut answer came for question `name` (wire format, whole and uncompressed) of type `type`. */
typedef void channel_cut_fn(void *context, const struct channel *channel, const unsigned char *name,
                            unsigned type);

struct channel_options {
    enum channel_kind kind;
    const struct server *server; /* borrowed for the life of the channel */
    int timeout_ms;              /* when c-ares gives up by itself; a backstop */
    bool dns_first;              /* ask DNS before the hosts file */
    channel_cut_fn *cut;         /* CHANNEL_SHARED only; must not use the channel */
    void *context;
};

struct channel_socket {
    int fd;
    short events;
    bool stream;
};

struct channel {
    ares_channel ares;
    struct channel_options options;
    struct channel_socket *sockets;
    size_t socket_count;
    size_t socket_capacity;
    bool used_tcp;        /* an answer was cut, or TCP was asked for */
    bool socket_shortage; /* no descriptor or no memory for a socket */
    bool socket_error;    /* the kernel reported one: closed port, no route */
    struct channel *next; /* for the owner */
};

/* Returns NULL and sets `status` to an ARES_ code if it cannot be had. */
struct channel *channel_create(const struct channel_options *options, int *status);

/* Ends open queries by their callbacks (ARES_EDESTRUCTION). Accepts NULL. */
void channel_destroy(struct channel *channel);

/* Writes what to poll to `fds`, which has room for socket_count, and returns how many. */
size_t channel_poll(const struct channel *channel, struct pollfd *fds);

/* Lets c-ares read and write what poll reported; query callbacks run in here. */
void channel_process(struct channel *channel, const struct pollfd *fds, size_t count);

#endif
