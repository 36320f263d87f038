/*
 * A running process: an SDK's, or a shim's.
 */
#ifndef DOCTOR_PROCESS_H
#define DOCTOR_PROCESS_H

#include "shim/command/doctor/facts.h"

/* Fills *out, zeroed by the caller. Returns 0, or -1 with errno: ESRCH if there is no such process,
   EACCES if it belongs to somebody else. For bwrap with a shim in it, *out is about the shim. */
int process_read(pid_t pid, struct facts_process *out);

/* Whether the process is a boxlite-shim, or has a library of boxlite in it; a cheap look, to find
   them among all. Processes that may not be looked at are none; *denied then becomes true. */
bool process_is_boxlite(pid_t pid, bool *denied);

/* Processes in /proc, *count of them, the caller's to free; NULL when memory is short. */
pid_t *process_list(size_t *count);

/* Whether `from` is the process's parent, or a parent of that, as far as can be seen. */
bool process_descends(pid_t pid, pid_t from);

#endif
