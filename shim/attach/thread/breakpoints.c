/* Plants breakpoints, and puts back what was there. */
#include "shim/attach/thread/breakpoints.h"

#include "shim/attach/thread/tracee.h"

static struct breakpoint *find(struct breakpoints *breakpoints, uint64_t address)
{
    for (size_t i = 0; i < breakpoints->count; i++) {
        if (breakpoints->list[i].address == address) {
            return &breakpoints->list[i];
        }
    }
    return NULL;
}

bool breakpoints_add(struct breakpoints *breakpoints, pid_t pid, uint64_t address)
{
    struct breakpoint *const added = &breakpoints->list[breakpoints->count];

    if (find(breakpoints, address) != NULL) {
        return true;
    }
    if (breakpoints->count == BREAKPOINTS_MAX ||
        !tracee_read_code(pid, address, added->original, registers_breakpoint_size) ||
        !tracee_write_code(pid, address, registers_breakpoint, registers_breakpoint_size)) {
        return false;
    }
    added->address = address;
    breakpoints->count++;
    return true;
}

bool breakpoints_remove(struct breakpoints *breakpoints, pid_t pid, uint64_t address)
{
    struct breakpoint *const removed = find(breakpoints, address);

    if (removed == NULL) {
        return true;
    }
    if (!tracee_write_code(pid, address, removed->original, registers_breakpoint_size)) {
        return false;
    }
    *removed = breakpoints->list[--breakpoints->count];
    return true;
}

bool breakpoints_remove_all(struct breakpoints *breakpoints, pid_t pid)
{
    while (breakpoints->count > 0) {
        if (!breakpoints_remove(breakpoints, pid, breakpoints->list[0].address)) {
            return false;
        }
    }
    return true;
}

bool breakpoints_has(const struct breakpoints *breakpoints, uint64_t address)
{
    return find((struct breakpoints *)breakpoints, address) != NULL;
}
