/*
 * From facts to what an operator wants to know. A function of its arguments alone.
 */
#ifndef DOCTOR_VERDICT_H
#define DOCTOR_VERDICT_H

#include "shim/command/doctor/conclusion.h"
#include "shim/command/doctor/facts.h"

/* Judges one finding. verdict_clear is due. */
void verdict_reach(const struct facts *facts, const struct facts_host *host, struct verdict *out);
void verdict_clear(struct verdict *verdict);

/* 0 not affected or covered, 1 affected and not (known to be) covered, 2 cannot be covered, 4
   nothing was found. */
int verdict_exit(enum verdict_kind kind);

/* By enum verdict_kind: "not-covered" and so on, for a program; "AFFECTED, not covered" and so on,
   for a person. */
extern const char *const verdict_names[];
extern const char *const verdict_titles[];

/* Why the kernel would not let attach trace a shim of this process (NULL: of ours); the remedy is
   added to *remedy, as for a verdict's advice. False if it would, as far as can be told. */
bool verdict_ptrace_barred(const struct facts_host *host, const struct facts_process *process,
                           char *reason, size_t size, struct words *remedy);

#endif
