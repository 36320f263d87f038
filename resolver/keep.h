/*
 * What a function has to leave as it found it, put back at the end of the scope, whatever way it is
 * left: errno, and the signals that the thread has blocked. The compiler sees to it (the cleanup
 * attribute of GCC and Clang).
 */
#ifndef RESOLVER_KEEP_H
#define RESOLVER_KEEP_H

#include <errno.h>
#include <signal.h>
#include <stddef.h>

static inline void keep_errno_end(const int *kept)
{
    errno = *kept;
}

static inline sigset_t keep_signals_begin(void)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    return before;
}

static inline void keep_signals_end(const sigset_t *before)
{
    (void)pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* A declaration: from here to the end of the scope errno may be written to. */
#define KEEP_ERRNO __attribute__((unused, cleanup(keep_errno_end))) const int kept_errno = errno

/* A declaration: from here to the end of the scope this thread has all signals blocked, and what is
   made meanwhile inherits that. */
#define BLOCK_SIGNALS                                                                              \
    __attribute__((unused, cleanup(keep_signals_end))) const sigset_t kept_signals =               \
        keep_signals_begin()

#endif
