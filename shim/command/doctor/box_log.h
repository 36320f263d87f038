/*
 * What a shim has logged since it started.
 */
#ifndef DOCTOR_BOX_LOG_H
#define DOCTOR_BOX_LOG_H

#include "shim/command/doctor/facts.h"

/* Looks for the log that the process holds open, and for its elder ones beside it. UNKNOWN if they
   cannot be read or do not reach back to the start; a sentence about it in `evidence`. */
enum facts_coverage box_log_read(pid_t pid, struct words *evidence);

/* What was logged since the last start of the box whose logs are in `directory`, the caller's to
   free; NULL if that is not there. */
char *box_log_last_start(const char *directory);

/* The last line of it that refuses a create, borrowed; NULL for none. */
const char *box_log_refusal(const char *text);

#endif
