/*
 * The program's heap, counted.
 */
#ifndef TESTS_BENCH_BENCH_HEAP_H
#define TESTS_BENCH_BENCH_HEAP_H

#include <stddef.h>

/* From now on. */
void bench_heap_count(void);

/* The most that was in use at once since bench_heap_count, in bytes; counting ends. */
size_t bench_heap_peak(void);

#endif
