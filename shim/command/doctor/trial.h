/*
 * May a process here be traced as attach traces a shim? Tried, with two of our own.
 */
#ifndef DOCTOR_TRIAL_H
#define DOCTOR_TRIAL_H

/* A child seizes its parent, which is a child of ours, and tries to read and write its memory.
   Returns 0; or -1, with *error the errno of the call that failed or *killed_by the signal that
   ended the tracer, as a seccomp filter does; the other is 0. */
int trial_ptrace(int *error, int *killed_by);

#endif
