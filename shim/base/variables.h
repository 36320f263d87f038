/*
 * The environment as far as it may be believed. Nothing else of the sources reads a variable
 * (scripts/lint). What settings there are: shim/plan/settings.c.
 *
 * A process that has more privileges than whoever started it must not do what that one's variables
 * say: they could name a file for it to write. The kernel says so in the auxiliary vector
 * (AT_SECURE in getauxval(3)): after a set-user-ID or set-group-ID program, one with file
 * capabilities, a start with real and effective ids that differ, or where a security module
 * demands it.
 */
#ifndef BASE_VARIABLES_H
#define BASE_VARIABLES_H

#include <stdbool.h>

/* Whether the environment is that of somebody with fewer privileges. Async-signal-safe. */
bool variables_are_foreign(void);

/* secure_getenv(3): the value of a variable, borrowed; NULL if it is not set, or if the process was
   started with an environment that is foreign. Async-signal-safe. */
const char *variables_get(const char *name);

/* All of it, "NAME=VALUE" strings with NULL behind the last, borrowed; without any if it is
   foreign. For a child's environment as well: nothing of it is to be handed on either. */
char **variables_all(void);

#endif
