/*
 * Replies that have to wait, ordered by when they are due.
 */
#ifndef SUPPORT_DNS_DELAY_H
#define SUPPORT_DNS_DELAY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "tests/support/dns_reply.h"

/* Where a reply goes. */
struct dns_peer {
    size_t listener;                 /* index of the listen address that was asked */
    uint64_t connection;             /* id of the TCP connection, 0 for UDP */
    struct sockaddr_storage address; /* UDP only */
    socklen_t length;
};

struct dns_delayed {
    int64_t due_ns;
    uint64_t order; /* equal times leave in the order in which they came */
    struct dns_peer peer;
    struct dns_reply reply; /* owned */
};

struct dns_delays {
    struct dns_delayed *heap; /* the next one due is heap[0] */
    size_t count;
    size_t capacity;
    uint64_t next_order;
};

/* Takes over `reply` on success and empties it. Returns 0, or -1 when memory is short. */
int dns_delays_add(struct dns_delays *delays, int64_t due_ns, const struct dns_peer *peer,
                   struct dns_reply *reply);

/* Moves the next one due at `now_ns` to *out, whose reply the caller then owns. Returns 1, or 0
   when none is due. */
int dns_delays_take(struct dns_delays *delays, int64_t now_ns, struct dns_delayed *out);

/* Frees everything that waits and empties the list. Takes an emptied or zeroed one. */
void dns_delays_clear(struct dns_delays *delays);

#endif
