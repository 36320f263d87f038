/* Binary heap: 10,000 hosts cost n log n, not a scan per wake-up. */
#include "resolver/due.h"

#include <stdlib.h>

bool due_queue_init(struct due_queue *queue, size_t hosts)
{
    queue->heap = calloc(hosts, sizeof(*queue->heap));
    queue->count = 0;
    queue->inserted = 0;
    return queue->heap != NULL;
}

void due_queue_clear(struct due_queue *queue)
{
    free(queue->heap);
    queue->heap = NULL;
    queue->count = 0;
}

static bool due_before(const struct due *left, const struct due *right)
{
    if (left->at_ms != right->at_ms) {
        return left->at_ms < right->at_ms;
    }
    return left->order < right->order;
}

static void due_swap(struct due *left, struct due *right)
{
    struct due held = *left;

    *left = *right;
    *right = held;
}

void due_queue_add(struct due_queue *queue, size_t host, int64_t at_ms)
{
    size_t at = queue->count++;

    queue->heap[at] = (struct due){.at_ms = at_ms, .order = queue->inserted++, .host = host};
    while (at > 0 && due_before(&queue->heap[at], &queue->heap[(at - 1) / 2])) {
        due_swap(&queue->heap[at], &queue->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

const struct due *due_queue_first(const struct due_queue *queue)
{
    return queue->count > 0 ? &queue->heap[0] : NULL;
}

size_t due_queue_take(struct due_queue *queue)
{
    size_t host = queue->heap[0].host;
    size_t at = 0;

    queue->heap[0] = queue->heap[--queue->count];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= queue->count) {
            break;
        }
        if (child + 1 < queue->count && due_before(&queue->heap[child + 1], &queue->heap[child])) {
            child++;
        }
        if (!due_before(&queue->heap[child], &queue->heap[at])) {
            break;
        }
        due_swap(&queue->heap[child], &queue->heap[at]);
        at = child;
    }
    return host;
}
