/*
 * The schedule. A host is due (at once, or when its pause is over), in flight, or settled. Hosts
 * that are due at the same wake-up start together as batches (batch.c), which end their attempts at
 * their deadline at the latest; what then failed is due again after its pause.
 *
 * A batch has a socket per nameserver. It takes 64 hosts at most, so that all its answers fit into
 * the socket's receive buffer: 256 answers of 450 bytes overran it where the process had one CPU,
 * and each answer lost costs an attempt.
 *
 * While the window is full, hosts that finish one by one would each let one other start, with a
 * channel for itself. Refills therefore wait for an eighth of the window, or 2 ms.
 *
 * A pause that ends after the budget is not waited for: nothing could come of it.
 */
#include <stdlib.h>

#include "resolver/run.h"

enum {
    TICK_MS = 50, /* resolver_cancel_all is noticed within this */
    REFILL_MS = 2,
    BATCH_HOSTS_MAX = 64
};

/* ---- batches -------------------------------------------------------------------------------- */

static void batch_answered(void *context, size_t id, const struct batch_answer *answer)
{
    struct run *run = context;
    struct entry *entry = &run->entries[id];

    if (entry->settled) {
        free(answer->addresses);
        return;
    }
    entry->host->no_nameserver = answer->no_nameserver;
    run_host_source(entry->host, answer->source);
    if (answer->outcome == RESOLVER_RESOLVED) {
        run_host_resolved(run, entry, answer->addresses, answer->address_count);
    } else if (fallback_possible(run, entry, answer->outcome)) {
        fallback_queue(run, entry, answer->outcome);
    } else {
        run_host_failed(run, entry, answer->outcome);
    }
}

/* How many hosts may start now. */
static size_t run_room(const struct run *run)
{
    size_t room = run->options->window - run->in_flight;

    if (run->crowded && room < run->options->window / 8 &&
        run->now_ms < run->refilled_ms + REFILL_MS) {
        return 0;
    }
    return room;
}

/* Returns false if nothing was to be started. */
static bool run_start_due(struct run *run)
{
    struct batch_host starting[BATCH_HOSTS_MAX];
    const struct due *first = due_queue_first(&run->due);
    size_t room = run_room(run);
    size_t count = 0;
    int64_t deadline_ms = run->now_ms + run->options->timeout_ms;
    struct batch_link *link;

    if (deadline_ms > run->budget_end_ms) {
        deadline_ms = run->budget_end_ms;
    }
    while (count < room && count < BATCH_HOSTS_MAX && first != NULL &&
           first->at_ms <= run->now_ms) {
        size_t index = due_queue_take(&run->due);
        struct entry *entry = &run->entries[index];

        first = due_queue_first(&run->due);
        if (entry->settled) {
            continue;
        }
        starting[count++] = (struct batch_host){
            .name = entry->host->name,
            .id = index,
            /* Some c-ares versions let one garbled answer end every query of the channel. */
            .alone = entry->host->outcome == RESOLVER_BAD_ANSWER,
        };
        if (entry->host->attempts++ == 0) {
            entry->begin_ms = run->now_ms;
        }
        entry->deadline_ms = deadline_ms;
        entry->in_flight = true;
    }
    if (count == 0) {
        return false;
    }
    run->in_flight += count;
    run->refilled_ms = run->now_ms;
    run->crowded = count == room && first != NULL && first->at_ms <= run->now_ms;

    struct batch_options options = {
        .servers = run->options->servers,
        .dns_first = run->nsswitch.dns_first,
        .timeout_ms = run->options->timeout_ms,
        .start_ms = run->now_ms,
        .deadline_ms = deadline_ms,
        .answer = batch_answered,
        .context = run,
    };
    link = calloc(1, sizeof(*link));
    if (link != NULL) {
        link->batch = batch_create(&options, starting, count);
    }
    if (link == NULL || link->batch == NULL) {
        free(link);
        for (size_t i = 0; i < count; i++) {
            run_host_failed(run, &run->entries[starting[i].id], RESOLVER_NO_MEMORY);
        }
        return true;
    }
    link->next = run->batches;
    run->batches = link;
    return true;
}

static void run_advance_batches(struct run *run)
{
    struct batch_link **at = &run->batches;

    while (*at != NULL) {
        struct batch_link *link = *at;
        batch_advance(link->batch, run->now_ms);
        if (batch_finished(link->batch)) {
            *at = link->next;
            batch_destroy(link->batch);
            free(link);
        } else {
            at = &link->next;
        }
    }
}

/* ---- waiting -------------------------------------------------------------------------------- */

static int64_t earlier(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static int run_timeout_ms(const struct run *run)
{
    const struct due *first = due_queue_first(&run->due);
    int64_t next_ms = earlier(run->budget_end_ms, run->now_ms + TICK_MS);

    if (first != NULL && run->in_flight < run->options->window) {
        next_ms = earlier(next_ms, run_room(run) > 0 ? first->at_ms : run->refilled_ms + REFILL_MS);
    }
    for (const struct batch_link *link = run->batches; link != NULL; link = link->next) {
        next_ms = earlier(next_ms, batch_next_ms(link->batch));
    }
    next_ms = earlier(next_ms, fallback_next_ms(run));
    return next_ms > run->now_ms ? (int)(next_ms - run->now_ms) : 0;
}

static bool run_reserve_fds(struct run *run, size_t count)
{
    struct pollfd *grown;

    if (count <= run->fds_capacity) {
        return true;
    }
    grown = realloc(run->fds, 2 * count * sizeof(*grown));
    if (grown == NULL) {
        return false;
    }
    run->fds = grown;
    run->fds_capacity = 2 * count;
    return true;
}

/* Waits for the next thing to happen and hands it on. */
static void run_wait(struct run *run)
{
    enum { CANCEL_FD, NSS_FD, OWN_FDS };
    size_t count = OWN_FDS;
    size_t sockets = 0;
    int ready;

    for (const struct batch_link *link = run->batches; link != NULL; link = link->next) {
        sockets += batch_poll(link->batch, NULL);
    }
    if (!run_reserve_fds(run, OWN_FDS + sockets)) {
        sockets = 0; /* deaf until memory is there again; the deadlines still hold */
    }
    run->fds[CANCEL_FD] = (struct pollfd){.fd = run->cancel.fd, .events = POLLIN};
    run->fds[NSS_FD] =
        (struct pollfd){.fd = run->nss != NULL ? nss_fd(run->nss) : -1, .events = POLLIN};
    for (const struct batch_link *link = run->batches; link != NULL && sockets > 0;
         link = link->next) {
        count += batch_poll(link->batch, &run->fds[count]);
    }
    ready = run->clock->wait(run->clock->context, run->fds, (nfds_t)count, run_timeout_ms(run));
    run->now_ms = run->clock->now_ms(run->clock->context);
    if (ready <= 0) {
        run->fds[CANCEL_FD].revents = 0;
        return;
    }
    if (run->fds[NSS_FD].revents != 0) {
        fallback_take(run);
    }
    count = OWN_FDS;
    for (struct batch_link *link = run->batches; link != NULL && sockets > 0; link = link->next) {
        size_t own = batch_poll(link->batch, NULL);
        batch_process(link->batch, &run->fds[count]);
        count += own;
    }
}

/* ---- the loop ------------------------------------------------------------------------------- */

/* Settles every host that is left: cancelled, or with what it has when the budget is used up. */
static void run_end(struct run *run, bool cancelled)
{
    for (size_t i = 0; i < run->count; i++) {
        struct entry *entry = &run->entries[i];
        if (entry->settled) {
            continue;
        }
        entry->host->out_of_budget = !cancelled;
        run_host_settled(run, entry, cancelled ? RESOLVER_CANCELLED : entry->host->outcome);
    }
}

void run_loop(struct run *run)
{
    for (;;) {
        run_advance_batches(run);
        fallback_advance(run);
        if (run->unsettled == 0) {
            break;
        }
        if (run->now_ms >= run->budget_end_ms) {
            run_end(run, false);
            break;
        }
        if (run_start_due(run)) {
            continue;
        }
        run_wait(run);
        if (cancel_watch_hit(&run->cancel, run->fds[0].revents)) {
            run_end(run, true);
            break;
        }
    }
}
