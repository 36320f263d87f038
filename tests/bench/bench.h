/*
 * What the measuring programs share. Each prints one sample a line; scripts/bench takes the medians
 * and sets them side by side.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Nanoseconds on one of clock_gettime's clocks. */
int64_t bench_now(clockid_t clock);

/* The whole file as a string, the caller's to free. Ends the program where that fails. */
char *bench_read(const char *path);

#endif
