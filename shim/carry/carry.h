/*
 * What the hooks of the exec family need to know, worked out once by the constructor, because they
 * run in forked and vforked children, where nothing may be allocated, locked or written.
 */
#ifndef CARRY_CARRY_H
#define CARRY_CARRY_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "shim/plan/settings.h"

enum { CARRY_VARIABLES_MAX = 24 };

struct carry {
    char object[PATH_MAX];                    /* this object, absolute */
    struct stat object_status;                /* its file's; zeroed where it cannot be told */
    char command[PATH_MAX];                   /* boxlite-allownet, which lies beside it */
    bool tolerant;                            /* STATIC=warn, or observing */
    char *variables[CARRY_VARIABLES_MAX + 1]; /* BOXLITE_ALLOWNET*, as this process was started */
};

/*
 * To be called once, in the constructor, unless the repair is switched off. From then on hooks find
 * it in force; but in a bwrap that came here past our hooks it is for exec_start_over alone, and is
 * returned. NULL otherwise.
 */
const struct carry *carry_start(char *const *environment, const struct settings *settings);

/* NULL: exec hooks pass through. Constant once set. */
const struct carry *carry_in_force(void);

#endif
