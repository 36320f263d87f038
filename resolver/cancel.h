/*
 * The end of a run from outside: SIGINT, SIGTERM or resolver_cancel_all.
 *
 * A signal is noticed while it is pending and is never consumed, so that the host's own handler or
 * default action still gets it, once, when the mask is put back.
 */
#ifndef RESOLVER_CANCEL_H
#define RESOLVER_CANCEL_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>

struct cancel_watch {
    int fd; /* signalfd, or -1: no signal is watched and the mask is as it was */
    unsigned generation;
    sigset_t mask_before;
};

/* Starts watching in the calling thread; never fails, but may watch no signal. */
void cancel_watch_open(struct cancel_watch *watch);

/*
 * True if the run is to end. `revents` is what poll reported for `watch->fd`, 0 if it was not
 * asked; a pending signal cancels every other run of the process too.
 */
bool cancel_watch_hit(const struct cancel_watch *watch, short revents);

/* Puts the mask back, in the thread that opened the watch; a pending signal is delivered in here.
 */
void cancel_watch_close(struct cancel_watch *watch);

#endif
