/*
 * Hosts that DNS does not resolve and libc may: it has services that work while DNS says no, or
 * says nothing. Each host is asked of libc once per run, in a thread (nss.c). If all threads are
 * busy, it waits for its turn until its attempt ends, and is asked in the next one. The attempt's
 * deadline holds here too; an answer that comes after it is taken all the same if the host is not
 * settled, because libc left to itself would have waited for it.
 */
#include <stdlib.h>

#include "resolver/run.h"

bool fallback_possible(const struct run *run, const struct entry *entry,
                       enum resolver_outcome outcome)
{
    /* Somebody who answers 0.0.0.0 does know the host; our own shortage is not cured by a thread.
     */
    return run->nsswitch.more && entry->fallback == FALLBACK_UNASKED &&
           outcome != RESOLVER_SINKHOLED && outcome != RESOLVER_NO_MEMORY &&
           outcome != RESOLVER_SYSTEM_ERROR;
}

static void fallback_append(struct run *run, struct entry *entry)
{
    size_t index = (size_t)(entry - run->entries);

    entry->next_fallback = SIZE_MAX;
    if (run->fallback_first == SIZE_MAX) {
        run->fallback_first = index;
    } else {
        run->entries[run->fallback_last].next_fallback = index;
    }
    run->fallback_last = index;
}

static bool fallback_waits(const struct entry *entry)
{
    return !entry->settled &&
           (entry->fallback == FALLBACK_QUEUED || entry->fallback == FALLBACK_ASKED);
}

void fallback_queue(struct run *run, struct entry *entry, enum resolver_outcome outcome)
{
    entry->dns_outcome = outcome;
    entry->fallback = FALLBACK_QUEUED;
    fallback_append(run, entry);
}

void fallback_advance(struct run *run)
{
    size_t index = run->fallback_first;
    bool threads = true;

    if (index == SIZE_MAX) {
        return;
    }
    if (run->nss == NULL) {
        run->nss = nss_create();
    }
    run->fallback_first = SIZE_MAX;
    while (index != SIZE_MAX) {
        struct entry *entry = &run->entries[index];
        size_t next = entry->next_fallback;

        if (fallback_waits(entry) && entry->fallback == FALLBACK_QUEUED && threads) {
            threads = run->nss != NULL && nss_ask(run->nss, index, entry->host->name);
            entry->fallback = threads ? FALLBACK_ASKED : FALLBACK_QUEUED;
        }
        if (fallback_waits(entry) && run->now_ms >= entry->deadline_ms) {
            entry->fallback = entry->fallback == FALLBACK_ASKED ? FALLBACK_LATE : FALLBACK_UNASKED;
            run_host_failed(run, entry, entry->dns_outcome);
        } else if (fallback_waits(entry)) {
            fallback_append(run, entry);
        }
        index = next;
    }
}

void fallback_take(struct run *run)
{
    struct nss_answer answer;

    while (run->nss != NULL && nss_take(run->nss, &answer)) {
        struct entry *entry = &run->entries[answer.id];
        bool waits = fallback_waits(entry);

        entry->fallback = FALLBACK_ANSWERED;
        if (entry->settled) {
            free(answer.addresses);
        } else if (answer.addresses != NULL) {
            run_host_source(entry->host, "getaddrinfo");
            run_host_resolved(run, entry, answer.addresses, answer.address_count);
        } else if (waits) {
            run_host_failed(run, entry, entry->dns_outcome);
        }
    }
}

int64_t fallback_next_ms(const struct run *run)
{
    int64_t next_ms = INT64_MAX;

    for (size_t index = run->fallback_first; index != SIZE_MAX;
         index = run->entries[index].next_fallback) {
        const struct entry *entry = &run->entries[index];
        if (fallback_waits(entry) && entry->deadline_ms < next_ms) {
            next_ms = entry->deadline_ms;
        }
    }
    return next_ms;
}
