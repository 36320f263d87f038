/*
 * Breakpoints in a tracee's code.
 */
#ifndef THREAD_BREAKPOINTS_H
#define THREAD_BREAKPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shim/arch/registers.h"

#define BREAKPOINTS_MAX 12

struct breakpoints {
    struct breakpoint {
        uint64_t address;
        unsigned char original[REGISTERS_BREAKPOINT_MAX];
    } list[BREAKPOINTS_MAX];
    size_t count;
};

/* Plants one more; one that is there already is left alone. The thread must be stopped. */
bool breakpoints_add(struct breakpoints *breakpoints, pid_t pid, uint64_t address);

/* Puts the original bytes back, at `address` or everywhere. True also if there is none. */
bool breakpoints_remove(struct breakpoints *breakpoints, pid_t pid, uint64_t address);
bool breakpoints_remove_all(struct breakpoints *breakpoints, pid_t pid);

bool breakpoints_has(const struct breakpoints *breakpoints, uint64_t address);

#endif
