/*
 * One attempt of many hosts at once: hosts that start together share their channels and a deadline.
 */
#ifndef RESOLVER_BATCH_H
#define RESOLVER_BATCH_H

#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"

struct batch;

struct batch_host {
    const char *name; /* borrowed */
    size_t id;        /* the caller's */
    bool alone;       /* not on a channel with others */
};

struct batch_answer {
    enum resolver_outcome outcome;
    struct in_addr *addresses; /* with RESOLVER_RESOLVED; ownership passes to the receiver */
    size_t address_count;
    const char *source; /* as in resolver_host, NULL for ""; borrowed for the call */
    bool no_nameserver;
    int64_t deadline_ms; /* of the attempt */
};

/* Called once per host, only from within batch_advance. */
typedef void batch_answer_fn(void *context, size_t id, const struct batch_answer *answer);

struct batch_options {
    const char *servers; /* as in resolver_options; borrowed */
    bool dns_first;
    unsigned timeout_ms; /* of a whole attempt; the nameservers get equal parts of it */
    int64_t start_ms;
    int64_t deadline_ms; /* start_ms + timeout_ms, or earlier */
    batch_answer_fn *answer;
    void *context;
};

/* Sends nothing yet: the first batch_advance does. Returns NULL if memory is short. */
struct batch *batch_create(const struct batch_options *options, const struct batch_host *hosts,
                           size_t count);

/* Drops what is unanswered, without a call to `answer`. Accepts NULL. */
void batch_destroy(struct batch *batch);

/* True when every host has been answered. */
bool batch_finished(const struct batch *batch);

/* When batch_advance is to be called even if no socket stirs. */
int64_t batch_next_ms(const struct batch *batch);

/* How many sockets there are; writes them to `fds`, if it is not NULL. */
size_t batch_poll(const struct batch *batch, struct pollfd *fds);

/* Takes the outcome of poll for what batch_poll wrote last. */
void batch_process(struct batch *batch, const struct pollfd *fds);

/* Asks, falls over to the next nameserver, ends at the deadline. */
void batch_advance(struct batch *batch, int64_t now_ms);

#endif
