/*
 * Was the box of a running shim repaired when it was made? Attach leaves nothing in a shim, so this
 * is told by what it leaves elsewhere: the box's log, the zones that a bridge of 0.10 tells over
 * its control socket, the command line of the jail, the process that started it.
 */
#ifndef DOCTOR_COVERAGE_H
#define DOCTOR_COVERAGE_H

#include "shim/command/doctor/facts.h"

/* Fills the coverage and its evidence in *process, whose other members are known. */
void coverage_read(struct facts_process *process);

#endif
