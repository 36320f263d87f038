/*
 * What of an environment matters to the repair and to who resolves.
 */
#ifndef DOCTOR_ENVIRONMENT_H
#define DOCTOR_ENVIRONMENT_H

#include "shim/command/doctor/facts.h"

/* Of a NULL-terminated list. Fills *out, zeroed by the caller. */
void environment_read(char *const *list, struct facts_environment *out);

/* Of another process, as it was started; not known if it may not be read. */
void environment_of_process(pid_t pid, struct facts_environment *out);

/* What our object does with these settings, in a word or two; constant. */
const char *environment_mode(const struct facts_environment *environment);

#endif
