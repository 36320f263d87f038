/*
 * Cancellation by a counter that only grows. resolver_cancel_all may be called from a signal
 * handler and from any thread, so it does one atomic addition and nothing else; every run compares
 * the counter with the value it saw on entry at least every 50 ms. A registry of descriptors to
 * wake would be faster, but in a foreign process the host may close a descriptor and get the same
 * number for a file of its own, and the wake-up would be written into that file. A tick cannot go
 * astray.
 */
#include "resolver/cancel.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "resolver/resolver.h"

static atomic_uint cancel_generation;

void resolver_cancel_all(void)
{
    atomic_fetch_add(&cancel_generation, 1);
}

/* A signal that the host ignores or has blocked itself is none of our business. */
static bool signal_is_ours(int number, const sigset_t *mask)
{
    struct sigaction action;

    if (sigismember(mask, number) != 0 || sigaction(number, NULL, &action) != 0) {
        return false;
    }
    return (action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_IGN;
}

void cancel_watch_open(struct cancel_watch *watch)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    sigset_t watched;
    bool any = false;

    watch->fd = -1;
    watch->generation = atomic_load(&cancel_generation);
    if (pthread_sigmask(SIG_SETMASK, NULL, &watch->mask_before) != 0) {
        return;
    }
    (void)sigemptyset(&watched);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (signal_is_ours(numbers[i], &watch->mask_before)) {
            (void)sigaddset(&watched, numbers[i]);
            any = true;
        }
    }
    if (!any) {
        return;
    }
    /* Without a descriptor to learn of it a blocked signal would only be delayed: leave the mask.
     */
    watch->fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (watch->fd >= 0 && pthread_sigmask(SIG_BLOCK, &watched, NULL) != 0) {
        (void)close(watch->fd);
        watch->fd = -1;
    }
}

bool cancel_watch_hit(const struct cancel_watch *watch, short revents)
{
    if (watch->fd >= 0 && (revents & POLLIN) != 0) {
        resolver_cancel_all();
    }
    return atomic_load(&cancel_generation) != watch->generation;
}

void cancel_watch_close(struct cancel_watch *watch)
{
    if (watch->fd < 0) {
        return;
    }
    (void)close(watch->fd);
    watch->fd = -1;
    (void)pthread_sigmask(SIG_SETMASK, &watch->mask_before, NULL);
}
