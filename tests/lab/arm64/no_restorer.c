/*
 * For the control of the emulated machine: a command that does not find the way back out of a wait,
 * so that nobody waits for its helper.
 */
#include "shim/attach/thread/vdso.h"

uint64_t vdso_find_restorer(pid_t pid, uint64_t stack)
{
    (void)pid;
    (void)stack;
    return 0;
}
