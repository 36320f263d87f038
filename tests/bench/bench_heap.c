/*
 * malloc and its kin in front of glibc's, so that what libc allocates itself (strdup) is counted as
 * well. For one thread.
 */
#include "tests/bench/bench_heap.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static bool counting;
static long in_use; /* of what was allocated before counting began, some may be freed during it */
static long peak;

static void count(long change)
{
    in_use += change;
    peak = in_use > peak ? in_use : peak;
}

static void *counted(void *memory)
{
    if (counting && memory != NULL) {
        count((long)malloc_usable_size(memory));
    }
    return memory;
}

void *malloc(size_t size)
{
    return counted(__libc_malloc(size));
}

void *calloc(size_t count_of, size_t size)
{
    return counted(__libc_calloc(count_of, size));
}

void *realloc(void *memory, size_t size)
{
    const long before = counting ? (long)malloc_usable_size(memory) : 0;
    void *const moved = __libc_realloc(memory, size);

    if (counting && moved != NULL) {
        /* While it moves both are there. */
        count((long)malloc_usable_size(moved));
        count(-before);
    }
    return moved;
}

void free(void *memory)
{
    if (counting) {
        count(-(long)malloc_usable_size(memory));
    }
    __libc_free(memory);
}

void bench_heap_count(void)
{
    in_use = 0;
    peak = 0;
    counting = true;
}

size_t bench_heap_peak(void)
{
    counting = false;
    return (size_t)peak;
}
