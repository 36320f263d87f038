/*
 * Why a shim may not be attached to, told to the operator.
 */
#ifndef ATTACH_FORBIDDEN_H
#define ATTACH_FORBIDDEN_H

#include <stddef.h>
#include <sys/types.h>

/* What the helper says of its attempt. */
struct forbidden {
    int error;  /* of ptrace, or of reading and writing by it: errno, or 0 if the shim is held */
    int access; /* of what needs the same permission but no call that a filter would know: 0, or
                   errno */
};

/* Tries for `access`: to be called by who failed, about whom it failed to hold. */
int forbidden_try_access(pid_t pid);

/* Each writes one line, without newline, that names every barrier found, each with its remedy, the
   cheapest first. To be called in the process that was to be held. */
void forbidden_describe(const struct forbidden *forbidden, char *text, size_t size);

/* For the helper to tell, where the shim is killed with it: `error` of ptrace. */
void forbidden_describe_loss(int error, char *text, size_t size);

/* The helper ended, with `status` as from waitpid, before it had an answer. */
void forbidden_describe_death(int status, char *text, size_t size);

#endif
