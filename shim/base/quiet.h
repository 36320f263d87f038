/*
 * Writing from a process that is not ours, without ending it: a write to a pipe that nobody reads
 * sends SIGPIPE to the thread, one beyond the limit on a file's size SIGXFSZ (write(2)). Both are
 * blocked in the calling thread for the time of the write, and what the write has raised is taken
 * back. What was pending before, or comes from others meanwhile, is left to take its course; a
 * handler is never run nor replaced.
 */
#ifndef BASE_QUIET_H
#define BASE_QUIET_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * writev(2), as one call, without its signals. Returns what it returns; errno is set only where
 * that is -1. Async-signal-safe, any thread, forked and vforked children too: no heap, no locks, no
 * globals.
 */
ssize_t quiet_writev(int descriptor, const struct iovec *parts, int count);

/* pwrite(2), likewise. */
ssize_t quiet_pwrite(int descriptor, const void *bytes, size_t size, off_t at);

#endif
