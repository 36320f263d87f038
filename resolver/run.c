/*
 * The loop. A host is due (at once, or when its pause is over), in an attempt, or settled. Whatever
 * is due begins as soon as the window has room; then the loop waits for a socket, for libc or for
 * the clock, and hands on what has happened (host.c). The budget and a cancellation are looked at
 * between any two hosts, whatever is under way.
 */
#include "resolver/keep.h"
#include "resolver/run_state.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "resolver/cancel.h"
#include "resolver/due.h"
#include "resolver/host.h"

enum { TICK_MS = 50 /* resolver_cancel_all is noticed within this */ };

struct loop {
    struct run run;
    const struct resolver_clock *clock;
    struct cancel_watch cancel;
    struct host *hosts;
    size_t count;
    size_t unsettled;
    size_t in_flight;
    struct due_queue starting; /* hosts whose attempt is to begin */
    struct due_queue timers;   /* hosts in an attempt */
    struct pollfd *fds;
    size_t fds_capacity;
};

static bool loop_init(struct loop *loop, struct resolver_host *results, size_t count)
{
    struct run *run = &loop->run;

    loop->hosts = calloc(count, sizeof(*loop->hosts));
    if (loop->hosts == NULL || !due_queue_init(&loop->starting, count) ||
        !due_queue_init(&loop->timers, count)) {
        return false;
    }
    loop->count = count;
    loop->unsettled = count;
    run->now_ms = loop->clock->now_ms(loop->clock->context);
    run->budget_end_ms =
        run->options->budget_ms == 0 ? INT64_MAX : run->now_ms + run->options->budget_ms;
    for (size_t i = 0; i < count; i++) {
        host_init(&loop->hosts[i], &results[i], i, run);
        due_queue_set(&loop->starting, i, run->now_ms);
    }
    nsswitch_read(&run->nsswitch);
    run->hosts_file = hosts_file_read();
    return true;
}

static void loop_clear(struct loop *loop)
{
    for (size_t i = 0; i < loop->count; i++) {
        host_clear(&loop->hosts[i], &loop->run);
    }
    nss_abandon(loop->run.nss);
    hosts_file_free(loop->run.hosts_file);
    if (loop->run.snapshot != NULL) {
        resolv_conf_clear(&loop->run.snapshot->conf);
        free(loop->run.snapshot);
    }
    due_queue_clear(&loop->starting);
    due_queue_clear(&loop->timers);
    free(loop->fds);
    free(loop->hosts);
}

static void loop_look_at_clock(struct loop *loop)
{
    loop->run.now_ms = loop->clock->now_ms(loop->clock->context);
}

/* The run is to end before its hosts are settled. */
static bool loop_interrupted(struct loop *loop)
{
    loop_look_at_clock(loop);
    return loop->run.now_ms >= loop->run.budget_end_ms || cancel_watch_hit(&loop->cancel, 0);
}

/* A host may have changed: brings the queues and counts up to date. */
static void loop_follow(struct loop *loop, const struct host *host, enum host_state before)
{
    bool was_in_flight = before == HOST_ASKING || before == HOST_AWAITS_LIBC;
    bool is_in_flight = host->state == HOST_ASKING || host->state == HOST_AWAITS_LIBC;

    loop->in_flight += is_in_flight ? 1 : 0;
    loop->in_flight -= was_in_flight ? 1 : 0;
    if (host->state == HOST_SETTLED && before != HOST_SETTLED) {
        loop->unsettled--;
    }
    if (host->state == HOST_DUE) {
        due_queue_remove(&loop->timers, host->id);
        due_queue_set(&loop->starting, host->id, host->due_ms);
    } else if (is_in_flight) {
        due_queue_remove(&loop->starting, host->id);
        due_queue_set(&loop->timers, host->id, host_next_ms(host, &loop->run));
    } else {
        due_queue_remove(&loop->starting, host->id);
        due_queue_remove(&loop->timers, host->id);
    }
}

/* A host has two questions open before it is given up for another. */
static bool loop_has_room(const struct loop *loop)
{
    return loop->in_flight < loop->run.options->window &&
           loop->in_flight < (loop->run.wire.limit + 1) / 2;
}

/* Begins attempts as far as hosts are due and the window has room. */
static void loop_begin_due(struct loop *loop)
{
    const struct due *first;

    while ((first = due_queue_first(&loop->starting)) != NULL && first->at_ms <= loop->run.now_ms &&
           loop_has_room(loop) && !loop_interrupted(loop)) {
        struct host *host = &loop->hosts[first->host];
        host_begin(host, &loop->run);
        loop_follow(loop, host, HOST_DUE);
    }
}

static void loop_advance_timers(struct loop *loop)
{
    const struct due *first;

    while ((first = due_queue_first(&loop->timers)) != NULL && first->at_ms <= loop->run.now_ms &&
           !loop_interrupted(loop)) {
        struct host *host = &loop->hosts[first->host];
        enum host_state before = host->state;
        host_advance(host, &loop->run);
        loop_follow(loop, host, before);
    }
}

static void loop_process_questions(struct loop *loop)
{
    struct question *question;

    while (!loop_interrupted(loop) && (question = wire_next_ready(&loop->run.wire)) != NULL) {
        struct host *host = question->track->host;
        enum host_state before = host->state;
        host_process(question, &loop->run);
        loop_follow(loop, host, before);
    }
}

static void loop_process_libc(struct loop *loop)
{
    struct nss_answer answer;

    while (nss_next_answer(loop->run.nss, &answer)) {
        struct host *host = &loop->hosts[answer.id];
        enum host_state before = host->state;
        host_libc_answered(host, &loop->run, &answer);
        loop_follow(loop, host, before);
    }
}

/* ---- waiting -------------------------------------------------------------------------------- */

static int loop_timeout_ms(const struct loop *loop)
{
    const struct due *start = due_queue_first(&loop->starting);
    const struct due *timer = due_queue_first(&loop->timers);
    int64_t next_ms = clock_earlier(loop->run.budget_end_ms, loop->run.now_ms + TICK_MS);

    if (start != NULL && loop_has_room(loop)) {
        next_ms = clock_earlier(next_ms, start->at_ms);
    }
    if (timer != NULL) {
        next_ms = clock_earlier(next_ms, timer->at_ms);
    }
    return next_ms > loop->run.now_ms ? (int)(next_ms - loop->run.now_ms) : 0;
}

static bool loop_reserve_fds(struct loop *loop, size_t count)
{
    struct pollfd *grown;

    if (count <= loop->fds_capacity) {
        return true;
    }
    grown = realloc(loop->fds, 2 * count * sizeof(*grown));
    if (grown == NULL) {
        return false;
    }
    loop->fds = grown;
    loop->fds_capacity = 2 * count;
    return true;
}

/* Waits for the next thing to happen and hands it on. False if a signal ends the run. */
static bool loop_wait(struct loop *loop)
{
    enum { CANCEL_FD, NSS_FD, OWN_FDS };
    struct pollfd own[OWN_FDS];
    struct pollfd *fds = own;
    struct run *run = &loop->run;
    size_t sockets = run->wire.count;
    int ready;

    if (loop_reserve_fds(loop, OWN_FDS + sockets)) {
        fds = loop->fds;
        wire_poll(&run->wire, fds + OWN_FDS);
    } else {
        sockets = 0; /* deaf until memory is there again; the deadlines still hold */
    }
    fds[CANCEL_FD] = (struct pollfd){.fd = loop->cancel.fd, .events = POLLIN};
    fds[NSS_FD] = (struct pollfd){.fd = run->nss != NULL ? nss_fd(run->nss) : -1, .events = POLLIN};
    ready = loop->clock->wait(loop->clock->context, fds, (nfds_t)(OWN_FDS + sockets),
                              loop_timeout_ms(loop));
    loop_look_at_clock(loop);
    run->round++;
    if (ready <= 0) {
        return !cancel_watch_hit(&loop->cancel, 0);
    }
    if (cancel_watch_hit(&loop->cancel, fds[CANCEL_FD].revents)) {
        return false;
    }
    if (sockets > 0) {
        wire_polled(&run->wire, fds + OWN_FDS);
    }
    if (fds[NSS_FD].revents != 0) {
        loop_process_libc(loop);
    }
    return true;
}

/* ---- the loop ------------------------------------------------------------------------------- */

static void loop_end(struct loop *loop, bool cancelled)
{
    for (size_t i = 0; i < loop->count; i++) {
        if (loop->hosts[i].state != HOST_SETTLED) {
            host_end(&loop->hosts[i], &loop->run, cancelled);
        }
    }
}

static void loop_run(struct loop *loop)
{
    for (;;) {
        loop_process_questions(loop);
        loop_advance_timers(loop);
        loop_begin_due(loop);
        if (loop->unsettled == 0) {
            return;
        }
        if (cancel_watch_hit(&loop->cancel, 0)) {
            loop_end(loop, true);
            return;
        }
        if (loop->run.now_ms >= loop->run.budget_end_ms) {
            loop_end(loop, false);
            return;
        }
        if (!loop_wait(loop)) {
            loop_end(loop, true);
            return;
        }
    }
}

void resolver_run(const struct resolver_options *options, struct resolver_host *hosts, size_t count,
                  const struct resolver_observer *observer, const struct resolver_clock *clock)
{
    struct loop loop = {
        .run = {.options = options, .observer = observer},
        .clock = clock != NULL ? clock : &resolver_system_clock,
    };
    KEEP_ERRNO;

    if (count == 0) {
        return;
    }
    cancel_watch_open(&loop.cancel);
    wire_init(&loop.run.wire, count < options->window ? count : options->window);
    if (loop_init(&loop, hosts, count)) {
        loop_run(&loop);
    } else {
        for (size_t i = 0; i < count; i++) {
            hosts[i].outcome = RESOLVER_NO_MEMORY;
            if (observer != NULL && observer->settled != NULL) {
                observer->settled(observer->context, &hosts[i]);
            }
        }
    }
    loop_clear(&loop);
    cancel_watch_close(&loop.cancel);
}
