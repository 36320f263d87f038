/*
 * A thread under ptrace: its stops, registers and memory.
 *
 * Signals are none of our business: one that arrives is handed on to the thread as it came. What
 * comes back here are breakpoints, a new program, and the end.
 */
#ifndef THREAD_TRACEE_H
#define THREAD_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

enum tracee_stop {
    TRACEE_TRAP,    /* a breakpoint, its own or ours */
    TRACEE_EXEC,    /* a new program, its first instruction yet to come */
    TRACEE_TRAPPED, /* gone, since another thread of its process ran into a breakpoint */
    TRACEE_LOST,    /* its process goes on without it: another thread has executed a program */
    TRACEE_ENDED    /* gone, or out of reach for good: stopped, and ptrace fails */
};

/* Becomes the tracer of the running thread `pid` without stopping it. Its pid is now its own until
   we have waited for its end; if we end it goes on, as if nothing had been. 0, or an errno. */
int tracee_seize(pid_t pid);

/* For a thread that was seized, and has forked us: tries whether its memory can be had, and makes
   the kernel kill it if we end without tracee_release; stops it for that. 0, or an errno: it is
   then let go, and goes on, at our end at the latest, unless ptrace fails for that as well:
   `ends_with_us`, the kernel kills it at our end. */
int tracee_hold(pid_t pid, bool *ends_with_us);

/* Awaits the next stop of a thread that runs. */
enum tracee_stop tracee_wait(pid_t pid);

/* Lets it run on to its next stop, with a signal or with 0. */
enum tracee_stop tracee_continue(pid_t pid, int number);

/* Ends the process of a thread that is TRACEE_LOST, our parent. */
void tracee_end(pid_t pid);

/* Whether it is stopped and ours to handle: false once it is being killed. Waits until it is one of
   the two. */
bool tracee_is_held(pid_t pid);

/* Lets go of it for good; it runs on as if it had never been held. */
bool tracee_release(pid_t pid);

bool tracee_registers(pid_t pid, struct user_regs_struct *out);
bool tracee_set_registers(pid_t pid, const struct user_regs_struct *registers);

/* NT_PRFPREG, at most `size` bytes. */
bool tracee_floating(pid_t pid, unsigned char *buffer, size_t size);

/* Signals blocked by the thread, one bit each. */
bool tracee_mask(pid_t pid, uint64_t *out);
bool tracee_set_mask(pid_t pid, uint64_t mask);

/* Data: respects the protection of its pages, unless only ptrace itself is permitted. All or
   nothing. */
bool tracee_read(pid_t pid, uint64_t address, void *buffer, size_t size);
bool tracee_write(pid_t pid, uint64_t address, const void *data, size_t size);

/* Code: pages that are read-only to the thread itself. */
bool tracee_read_code(pid_t pid, uint64_t address, void *buffer, size_t size);
bool tracee_write_code(pid_t pid, uint64_t address, const void *data, size_t size);

/* The string at `address`, its length in *length; NULL if it cannot be read, has no end within
   `limit` bytes, or memory is short. The caller frees it; no other copy is left behind. */
char *tracee_read_string(pid_t pid, uint64_t address, size_t limit, size_t *length);

#endif
