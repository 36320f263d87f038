/*
 * Where boxlite is likely to be, when nothing was named.
 */
#ifndef DOCTOR_DISCOVER_H
#define DOCTOR_DISCOVER_H

#include "shim/command/doctor/facts.h"

/* Adds what is in this user's environment: runtime directories, what boxlite has unpacked, library
   paths, node_modules and Python packages. Nothing found is run. */
void discover_files(const struct facts_environment *environment, struct findings *findings);

/* Adds the running processes that have boxlite in them; with `above` those alone that this process
   has started, and of these only the shims if so asked. */
void discover_processes(struct findings *findings, pid_t above, bool shims_alone);

#endif
