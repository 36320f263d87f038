/*
 * Time and waiting, as a seam: a test replaces both and runs the retry schedule without real
 * seconds.
 */
#ifndef RESOLVER_CLOCK_H
#define RESOLVER_CLOCK_H

#include <poll.h>
#include <stdint.h>

struct resolver_clock {
    void *context;
    /* Milliseconds on a clock that never jumps. */
    int64_t (*now_ms)(void *context);
    /* poll(2): waits for one of `fds` or `timeout_ms` (never negative); same return values. */
    int (*wait)(void *context, struct pollfd *fds, nfds_t count, int timeout_ms);
};

static inline int64_t clock_earlier(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

/* CLOCK_MONOTONIC and poll(2); constant. */
extern const struct resolver_clock resolver_system_clock;

#endif
