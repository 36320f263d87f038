/* Binary heap with the place of each host: 10,000 hosts cost n log n, not a scan per wake-up. */
#include "resolver/due.h"

#include <stdlib.h>

bool due_queue_init(struct due_queue *queue, size_t hosts)
{
    queue->heap = calloc(hosts, sizeof(*queue->heap));
    queue->place = calloc(hosts, sizeof(*queue->place));
    queue->count = 0;
    queue->inserted = 0;
    return queue->heap != NULL && queue->place != NULL;
}

void due_queue_clear(struct due_queue *queue)
{
    free(queue->heap);
    free(queue->place);
    queue->heap = NULL;
    queue->place = NULL;
    queue->count = 0;
}

static bool due_before(const struct due *left, const struct due *right)
{
    if (left->at_ms != right->at_ms) {
        return left->at_ms < right->at_ms;
    }
    return left->order < right->order;
}

static void due_put(struct due_queue *queue, size_t at, struct due due)
{
    queue->heap[at] = due;
    queue->place[due.host] = at + 1;
}

/* Brings `due` to where it belongs, beginning at the free place `at`. */
static void due_settle(struct due_queue *queue, size_t at, struct due due)
{
    while (at > 0 && due_before(&due, &queue->heap[(at - 1) / 2])) {
        due_put(queue, at, queue->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < queue->count && due_before(&queue->heap[child + 1], &queue->heap[child])) {
            child++;
        }
        if (child >= queue->count || !due_before(&queue->heap[child], &due)) {
            break;
        }
        due_put(queue, at, queue->heap[child]);
        at = child;
    }
    due_put(queue, at, due);
}

void due_queue_set(struct due_queue *queue, size_t host, int64_t at_ms)
{
    const struct due due = {.at_ms = at_ms, .order = queue->inserted++, .host = host};
    size_t at = queue->place[host];

    due_settle(queue, at > 0 ? at - 1 : queue->count++, due);
}

void due_queue_remove(struct due_queue *queue, size_t host)
{
    size_t at = queue->place[host];

    if (at == 0) {
        return;
    }
    queue->place[host] = 0;
    queue->count--;
    if (at - 1 < queue->count) {
        due_settle(queue, at - 1, queue->heap[queue->count]);
    }
}

const struct due *due_queue_first(const struct due_queue *queue)
{
    return queue->count > 0 ? &queue->heap[0] : NULL;
}
