/*
 * What the helper keeps in the tracee's memory, and what it calls there.
 */
#ifndef THREAD_HEAP_H
#define THREAD_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/attach/thread/inject.h"
#include "shim/boxlite/symbols.h"

struct heap {
    uint64_t malloc;
    uint64_t free;
    /* One block for all that ends with the call: each call in the tracee costs a stop. */
    uint64_t block; /* 0 if there is none */
    size_t block_size;
};

/* For a tracee whose addresses are those of the file and `bias`. */
struct heap heap_of(const struct symbols *symbols, uint64_t bias);

/* Makes the block, of `size` bytes at least. */
bool heap_open(struct heap *heap, struct inject *inject, size_t size);

/* Puts `size` bytes into the block, behind nothing and instead of what was there. */
bool heap_put(const struct heap *heap, const struct inject *inject, const void *data, size_t size);

/* Wipes and frees the block; nothing if there is none. */
bool heap_close(struct heap *heap, struct inject *inject);

/* A block of its own, the tracee's to keep; its address, or 0. */
uint64_t heap_give(const struct heap *heap, struct inject *inject, size_t size);

#endif
