/* The real clock behind clock.h. */
#include "resolver/clock.h"

#include <time.h>

static int64_t system_now_ms(void *context)
{
    struct timespec now;

    (void)context;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int system_wait(void *context, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    (void)context;
    return poll(fds, count, timeout_ms);
}

const struct resolver_clock resolver_system_clock = {
    .context = NULL,
    .now_ms = system_now_ms,
    .wait = system_wait,
};
