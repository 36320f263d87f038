/*
 * A process of this same command, and what it prints.
 */
#ifndef SELFTEST_PROCESS_H
#define SELFTEST_PROCESS_H

struct process {
    const char *const *arguments;   /* NULL-terminated, without the command's own name */
    const char *const *environment; /* "NAME=VALUE", NULL-terminated, added to ours without what
                                       begins with BOXLITE_ or is LD_PRELOAD */
};

/* Runs it, for 20 s at most, as child_run does, and returns the same. */
char *process_run(const struct process *process, int *status);

#endif
