/*
 * The systemd service that a process runs in, read from its files: systemctl may not be there.
 */
#ifndef DOCTOR_UNIT_H
#define DOCTOR_UNIT_H

#include "shim/command/doctor/facts.h"

/* Fills *out, zeroed by the caller, from the text of /proc/PID/cgroup. */
void unit_read(const char *cgroup, struct facts_unit *out);

#endif
