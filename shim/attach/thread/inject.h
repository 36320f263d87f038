/*
 * Functions of the tracee, called in the name of its stopped thread.
 */
#ifndef THREAD_INJECT_H
#define THREAD_INJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shim/arch/registers.h"

/* A thread stopped by a breakpoint where it is about to begin a C function, or has just returned
   from one: there nothing depends on the registers that a call may change. */
struct inject {
    pid_t pid;
    uint64_t trap;                     /* the breakpoint; calls return to it */
    struct user_regs_struct registers; /* as they will be when the thread goes on */
    uint64_t mask;
};

/* Takes down the state of the thread stopped at `trap` and blocks its signals, but for SIGTRAP, so
   that nothing gets into the calls. */
bool inject_begin(struct inject *inject, pid_t pid, uint64_t trap);

/* Calls `function` with `count` arguments, at most 6. False if the thread ended or trapped
   elsewhere; it is then of no more use. */
bool inject_call(struct inject *inject, uint64_t function, const uint64_t *arguments, size_t count,
                 uint64_t *result);

/* A place for `size` bytes on the thread's stack that calls leave alone. */
uint64_t inject_scratch(const struct inject *inject, size_t size);

/* Restores mask and registers, as they are in *inject by now. */
bool inject_end(struct inject *inject);

#endif
