/*
 * The interface, and what becomes of a host when its attempt has ended. When attempts begin and end
 * is in schedule.c.
 */
#include "resolver/resolver.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "resolver/cares.h"
#include "resolver/run.h"

/* Room for the descriptors of a small run. */
enum { FDS_FIRST = 64 };

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_init(void)
{
    (void)ares_library_init(ARES_LIB_INIT_ALL);
}

void run_host_settled(struct run *run, struct entry *entry, enum resolver_outcome outcome)
{
    entry->host->outcome = outcome;
    if (entry->host->attempts > 0) {
        entry->host->elapsed_ms = (unsigned)(run->now_ms - entry->begin_ms);
    }
    entry->settled = true;
    run->unsettled--;
    if (run->observer != NULL && run->observer->settled != NULL) {
        run->observer->settled(run->observer->context, entry->host);
    }
}

void run_host_source(struct resolver_host *host, const char *source)
{
    (void)snprintf(host->source, sizeof(host->source), "%s", source != NULL ? source : "");
}

static void entry_retry(struct run *run, struct entry *entry)
{
    struct resolver_host *host = entry->host;
    int64_t due_ms = run->now_ms + (int64_t)entry->pause_ms;
    bool final =
        host->outcome == RESOLVER_IPV6_ONLY && !fallback_possible(run, entry, host->outcome);

    if (final || host->attempts >= run->options->attempts) {
        /* The budget cut the last attempt short. */
        host->out_of_budget =
            !final && run->now_ms >= run->budget_end_ms && entry->deadline_ms == run->budget_end_ms;
        run_host_settled(run, entry, host->outcome);
        return;
    }
    if (due_ms >= run->budget_end_ms) {
        host->out_of_budget = true;
        run_host_settled(run, entry, host->outcome);
        return;
    }
    if (run->observer != NULL && run->observer->retrying != NULL) {
        run->observer->retrying(run->observer->context, host, (unsigned)entry->pause_ms);
    }
    due_queue_add(&run->due, (size_t)(entry - run->entries), due_ms);
    entry->pause_ms *= run->options->backoff_factor;
    if (entry->pause_ms > INT_MAX) {
        entry->pause_ms = INT_MAX;
    }
}

static void entry_land(struct run *run, struct entry *entry)
{
    run->in_flight -= entry->in_flight ? 1 : 0;
    entry->in_flight = false;
}

void run_host_failed(struct run *run, struct entry *entry, enum resolver_outcome outcome)
{
    entry_land(run, entry);
    entry->host->outcome = outcome;
    entry_retry(run, entry);
}

void run_host_resolved(struct run *run, struct entry *entry, struct in_addr *addresses,
                       size_t count)
{
    entry_land(run, entry);
    entry->host->addresses = addresses;
    entry->host->address_count = count;
    run_host_settled(run, entry, RESOLVER_RESOLVED);
}

static bool run_init(struct run *run, struct resolver_host *hosts, size_t count)
{
    run->entries = calloc(count, sizeof(*run->entries));
    run->fds = calloc(FDS_FIRST, sizeof(*run->fds));
    if (run->entries == NULL || run->fds == NULL || !due_queue_init(&run->due, count)) {
        return false;
    }
    run->fds_capacity = FDS_FIRST;
    run->fallback_first = SIZE_MAX;
    run->fallback_last = SIZE_MAX;
    run->count = count;
    run->unsettled = count;
    run->now_ms = run->clock->now_ms(run->clock->context);
    run->refilled_ms = run->now_ms;
    run->budget_end_ms =
        run->options->budget_ms == 0 ? INT64_MAX : run->now_ms + run->options->budget_ms;
    for (size_t i = 0; i < count; i++) {
        run->entries[i].host = &hosts[i];
        run->entries[i].pause_ms = run->options->backoff_ms;
        due_queue_add(&run->due, i, run->now_ms);
    }
    nsswitch_read(&run->nsswitch);
    return true;
}

static void run_clear(struct run *run)
{
    while (run->batches != NULL) {
        struct batch_link *link = run->batches;
        run->batches = link->next;
        batch_destroy(link->batch);
        free(link);
    }
    nss_abandon(run->nss);
    due_queue_clear(&run->due);
    free(run->fds);
    free(run->entries);
}

void resolver_run(const struct resolver_options *options, struct resolver_host *hosts, size_t count,
                  const struct resolver_observer *observer, const struct resolver_clock *clock)
{
    struct run run = {
        .options = options,
        .observer = observer,
        .clock = clock != NULL ? clock : &resolver_system_clock,
    };
    int saved_errno = errno;

    if (count == 0) {
        return;
    }
    (void)pthread_once(&library_once, library_init);
    cancel_watch_open(&run.cancel);
    if (run_init(&run, hosts, count)) {
        run_loop(&run);
    } else {
        for (size_t i = 0; i < count; i++) {
            hosts[i].outcome = RESOLVER_NO_MEMORY;
            if (observer != NULL && observer->settled != NULL) {
                observer->settled(observer->context, &hosts[i]);
            }
        }
    }
    run_clear(&run);
    cancel_watch_close(&run.cancel);
    errno = saved_errno;
}

void resolver_hosts_clear(struct resolver_host *hosts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(hosts[i].addresses);
        hosts[i].addresses = NULL;
        hosts[i].address_count = 0;
    }
}

const char *resolver_library_version(void)
{
    return ares_version(NULL);
}
