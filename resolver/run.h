/*
 * State of one resolver_run, shared by its parts: the interface (resolver.c), the schedule
 * (schedule.c) and the fallback to libc (fallback.c). Private to them.
 */
#ifndef RESOLVER_RUN_H
#define RESOLVER_RUN_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/batch.h"
#include "resolver/cancel.h"
#include "resolver/due.h"
#include "resolver/nss.h"
#include "resolver/nsswitch.h"
#include "resolver/resolver.h"

enum fallback {
    FALLBACK_UNASKED,
    FALLBACK_QUEUED, /* waits for a thread until its attempt ends */
    FALLBACK_ASKED,  /* waits for the answer until its attempt ends */
    FALLBACK_LATE,   /* the attempt ended first; an answer with addresses is still welcome */
    FALLBACK_ANSWERED
};

struct entry {
    struct resolver_host *host;
    uint64_t pause_ms;
    int64_t begin_ms; /* of the first attempt */
    bool in_flight;
    bool settled;
    enum fallback fallback;
    enum resolver_outcome dns_outcome; /* while libc is asked */
    int64_t deadline_ms;
    size_t next_fallback; /* list through the entries, SIZE_MAX ends it */
};

struct batch_link {
    struct batch *batch;
    struct batch_link *next;
};

struct run {
    const struct resolver_options *options;
    const struct resolver_observer *observer;
    const struct resolver_clock *clock;
    struct entry *entries;
    size_t count;
    size_t unsettled;
    size_t in_flight;
    struct due_queue due;
    struct batch_link *batches;
    int64_t now_ms;
    int64_t budget_end_ms;
    int64_t refilled_ms;
    bool crowded; /* hosts are due, and the window was full at the last start */
    struct nsswitch nsswitch;
    struct nss *nss;
    size_t fallback_first;
    size_t fallback_last;
    struct cancel_watch cancel;
    struct pollfd *fds;
    size_t fds_capacity;
};

/* Resolves until every host is settled. */
void run_loop(struct run *run);

/* The host has its final outcome. */
void run_host_settled(struct run *run, struct entry *entry, enum resolver_outcome outcome);

/* Notes who said what is known of the host; NULL for nobody. */
void run_host_source(struct resolver_host *host, const char *source);

/* An attempt ended: the host is settled, or due again after its pause. */
void run_host_failed(struct run *run, struct entry *entry, enum resolver_outcome outcome);

/* Takes ownership of `addresses`. */
void run_host_resolved(struct run *run, struct entry *entry, struct in_addr *addresses,
                       size_t count);

/* True if libc is to be asked after an attempt with this outcome: it may know, and was not asked.
 */
bool fallback_possible(const struct run *run, const struct entry *entry,
                       enum resolver_outcome outcome);

/* DNS has failed with `outcome`: libc is asked before the attempt ends. */
void fallback_queue(struct run *run, struct entry *entry, enum resolver_outcome outcome);

/* Starts threads for hosts that wait, ends the wait of those whose attempt is over. */
void fallback_advance(struct run *run);

/* Takes the answers that are there. */
void fallback_take(struct run *run);

/* When fallback_advance has an attempt to end; INT64_MAX for never. */
int64_t fallback_next_ms(const struct run *run);

#endif
