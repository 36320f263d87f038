/* When each of a fixed number of hosts is due: a heap in which a host stands once or not at all.
   How long a host pauses is decided in host.c. */
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
    size_t *place; /* of each host in the heap, plus one; 0: not in it */
    size_t count;
    size_t inserted;
};

/* Returns false if memory is short; nothing below can fail. */
bool due_queue_init(struct due_queue *queue, size_t hosts);
void due_queue_clear(struct due_queue *queue);

/* Adds the host, or moves it if it is there. */
void due_queue_set(struct due_queue *queue, size_t host, int64_t at_ms);
/* Does nothing if the host is not there. */
void due_queue_remove(struct due_queue *queue, size_t host);
/* The earliest, or NULL. */
const struct due *due_queue_first(const struct due_queue *queue);

#endif
