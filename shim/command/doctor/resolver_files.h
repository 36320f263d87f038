/*
 * What decides on this machine how names are looked up, and by whom.
 */
#ifndef DOCTOR_RESOLVER_FILES_H
#define DOCTOR_RESOLVER_FILES_H

#include "shim/command/doctor/facts.h"

/* Reads resolv.conf, nsswitch.conf and hosts, and lists in out->fault4 what would send a static
   shim into the host's NSS modules: with `environment`, that of the process that starts shims. */
void resolver_files_read(const struct facts_environment *environment, struct facts_host *out);

#endif
