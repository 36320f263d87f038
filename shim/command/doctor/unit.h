/*
 * The systemd service that a process runs in, as its manager knows it: with all of its drop-ins,
 * whoever has made them, and with units that have no file of their own.
 */
#ifndef DOCTOR_UNIT_H
#define DOCTOR_UNIT_H

#include "shim/command/doctor/facts.h"

/* Fills *out, zeroed by the caller, from the text of /proc/PID/cgroup of a process of user `uid`,
   and what systemctl(1) says of the service that it names. */
void unit_read(const char *cgroup, uid_t uid, struct facts_unit *out);

#endif
