/*
 * One question to one nameserver, with a socket, a source port and a random identifier of its own.
 * Where it stands and what is made of the reply is its owner's business.
 */
#ifndef RESOLVER_QUESTION_H
#define RESOLVER_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "resolver/dns.h"
#include "resolver/resolv_conf.h"

struct track;

struct asking {
    unsigned type;
    unsigned attempt; /* in which it is asked */
    bool edns;
    bool stream;
    bool after_cut; /* over TCP because a datagram had no room */
};

TAILQ_HEAD(question_list, question);

struct question {
    TAILQ_ENTRY(question) open;     /* among all of the run, oldest first */
    TAILQ_ENTRY(question) ready;    /* among those that poll reported */
    TAILQ_ENTRY(question) next;     /* of its track */
    struct question_list *siblings; /* the list that it is in there */
    struct track *track;
    struct asking how;
    bool is_ready;
    int fd;
    short events; /* to poll for */
    struct dns_query query;
    size_t sent;           /* bytes, in a stream */
    unsigned char *buffer; /* of a stream: the prefix and the message; owned */
    size_t expected;
    size_t filled;
};

/*
 * Opens the socket, connects and sends, as `how` says. Returns 0 or an errno, with nothing left
 * open: EMFILE, ENFILE, ENOBUFS and ENOMEM are a shortage here, EINVAL a name that cannot be asked
 * for, ENOSYS no source of randomness, all else means that the server cannot be reached.
 */
int question_ask(struct question *question, const struct server *server, const char *name);

enum question_event {
    QUESTION_WAITS,
    QUESTION_STRAY, /* waits: what came answers nothing */
    QUESTION_REPLIED,
    QUESTION_CUT,
    QUESTION_NO_EDNS,
    QUESTION_FAILED /* the kernel says why: closed port, no route, a connection that broke */
};

/* The socket is readable, writable or broken. `reply` is set with QUESTION_REPLIED, `error` to an
   errno with QUESTION_FAILED. To be called until it waits, or the question is closed. */
enum question_event question_process(struct question *question, struct dns_reply *reply,
                                     int *error);

/* Closes the socket and frees what the question owns, not itself. */
void question_close(struct question *question);

#endif
