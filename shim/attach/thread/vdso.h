/*
 * What the kernel puts into every process and the program has no symbol of.
 */
#ifndef THREAD_VDSO_H
#define THREAD_VDSO_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Where signal handlers of a thread return to, on processors on which that code is in the vDSO: its
 * address, or 0. The thread is stopped before the first instruction of a program, `stack` is its
 * stack pointer: there the auxiliary vector is found without /proc, which may be another
 * namespace's (System V ABI, "Process Initialization"; getauxval(3), AT_SYSINFO_EHDR).
 */
uint64_t vdso_find_restorer(pid_t pid, uint64_t stack);

#endif
