/* Which host is due when: a heap over a fixed number of hosts. */
#ifndef RESOLVER_DUE_H
#define RESOLVER_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct due {
    int64_t at_ms;
    size_t order; /* of insertion; hosts due at the same time go first come, first served */
    size_t host;
};

struct due_queue {
    struct due *heap;
    size_t count;
    size_t inserted;
};

/* Returns false if memory is short. Every host may be in the queue once, so adding cannot fail. */
bool due_queue_init(struct due_queue *queue, size_t hosts);
void due_queue_clear(struct due_queue *queue);

void due_queue_add(struct due_queue *queue, size_t host, int64_t at_ms);
/* The earliest, or NULL. */
const struct due *due_queue_first(const struct due_queue *queue);
/* Removes the earliest and returns its host; the queue must not be empty. */
size_t due_queue_take(struct due_queue *queue);

#endif
