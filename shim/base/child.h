/*
 * A process of our own making, and what it prints.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

struct child {
    const char *path;         /* of the program; PATH is not searched */
    char *const *argv;        /* NULL-terminated, with the name in front */
    char *const *environment; /* NULL-terminated; all that it gets */
    int patience_ms;          /* after so long it is killed */
};

/*
 * Runs it and takes the first 64 KiB of what it writes to standard output, NUL-terminated, the
 * caller's to free. Its standard input and error are /dev/null, and no signal is blocked. *status
 * is as from waitpid(2). Returns NULL with errno: ETIMEDOUT where it had to be killed.
 */
char *child_run(const struct child *child, int *status);

#endif
