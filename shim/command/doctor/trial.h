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

/* The name in a profile of AppArmor's that is enforced, as tracing_profile says it; false if it is
   of another kind. */
bool trial_profile(const char *profile, char *name, size_t size);

/* As trial_ptrace, between children that change into that profile of AppArmor's. Whether the
   profile denies it; false also where we may not change into it. */
bool trial_profile_denies(const char *name);

bool trial_permits(const struct trial *trial);

#endif
