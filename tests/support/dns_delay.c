/*
 * A binary heap: hundreds of replies wait at once, and none may be late because of the others.
 */
#include "tests/support/dns_delay.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool earlier(const struct dns_delayed *left, const struct dns_delayed *right)
{
    if (left->due_ns != right->due_ns) {
        return left->due_ns < right->due_ns;
    }
    return left->order < right->order;
}

static void swap(struct dns_delayed *left, struct dns_delayed *right)
{
    struct dns_delayed saved = *left;

    *left = *right;
    *right = saved;
}

int dns_delays_add(struct dns_delays *delays, int64_t due_ns, const struct dns_peer *peer,
                   struct dns_reply *reply)
{
    size_t at = delays->count;

    if (delays->count == delays->capacity) {
        size_t capacity = delays->capacity == 0 ? 64 : delays->capacity * 2;
        struct dns_delayed *grown = realloc(delays->heap, capacity * sizeof(*grown));

        if (grown == NULL) {
            return -1;
        }
        delays->heap = grown;
        delays->capacity = capacity;
    }
    delays->heap[at] = (struct dns_delayed){
        .due_ns = due_ns, .order = delays->next_order++, .peer = *peer, .reply = *reply};
    memset(reply, 0, sizeof(*reply));
    delays->count++;
    while (at > 0 && earlier(&delays->heap[at], &delays->heap[(at - 1) / 2])) {
        swap(&delays->heap[at], &delays->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    return 0;
}

static void sink_root(struct dns_delays *delays)
{
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= delays->count) {
            return;
        }
        if (child + 1 < delays->count && earlier(&delays->heap[child + 1], &delays->heap[child])) {
            child++;
        }
        if (!earlier(&delays->heap[child], &delays->heap[at])) {
            return;
        }
        swap(&delays->heap[at], &delays->heap[child]);
        at = child;
    }
}

int dns_delays_take(struct dns_delays *delays, int64_t now_ns, struct dns_delayed *out)
{
    if (delays->count == 0 || delays->heap[0].due_ns > now_ns) {
        return 0;
    }
    *out = delays->heap[0];
    delays->heap[0] = delays->heap[--delays->count];
    sink_root(delays);
    return 1;
}

void dns_delays_clear(struct dns_delays *delays)
{
    for (size_t i = 0; i < delays->count; i++) {
        dns_reply_clear(&delays->heap[i].reply);
    }
    free(delays->heap);
    memset(delays, 0, sizeof(*delays));
}
