/*
 * This machine, as far as the repair depends on it.
 */
#ifndef DOCTOR_HOST_H
#define DOCTOR_HOST_H

#include "shim/command/doctor/facts.h"

/* Fills *out, zeroed by the caller. `environment` is that of the process that starts shims, NULL
   for our own. */
void host_read(const struct facts_environment *environment, struct facts_host *out);

#endif
