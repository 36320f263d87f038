/*
 * Whether a process may trace its own parent, as attach does.
 */
#ifndef DOCTOR_TRIAL_H
#define DOCTOR_TRIAL_H

#include <stdbool.h>

#include "shim/base/tracing.h"

struct trial {
    struct tracing tracing; /* what forbids it, as far as the kernel tells */
    int error;              /* errno of the trial; 0 */
    int killed_by;          /* the signal that ends who makes one of the calls; 0 */
};

/* Tries it between children of this process, which stays as it is. */
void trial_ptrace(struct trial *out);

bool trial_permits(const struct trial *trial);

#endif
