/*
 * The DNS zones of a running box, as its bridge tells them. From 0.10.0 on a bridge serves HTTP on
 * a socket of its own; only read from here.
 */
#ifndef DOCTOR_BOX_ZONES_H
#define DOCTOR_BOX_ZONES_H

#include "shim/command/doctor/facts.h"

/* UNKNOWN where there is no such socket or it does not answer within a second. */
enum facts_coverage box_zones_read(pid_t pid, struct words *evidence);

#endif
