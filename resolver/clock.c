/* The real clock behind clock.h. */
#include "resolver/clock.h"

#include <errno.h>
#include <time.h>

/* After a wait that failed, other than by a signal: what fails at once would be repeated at once.
 */
enum { PAUSE_NS = 5 * 1000 * 1000 };

static int64_t system_now_ms(void *context)
{
    struct timespec now;

    (void)context;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int system_wait(void *context, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    int ready;

    (void)context;
    ready = poll(fds, count, timeout_ms);
    if (ready < 0 && errno != EINTR) {
        (void)nanosleep(&pause, NULL);
    }
    return ready;
}

const struct resolver_clock resolver_system_clock = {
    .context = NULL,
    .now_ms = system_now_ms,
    .wait = system_wait,
};
