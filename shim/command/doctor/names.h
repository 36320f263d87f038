/*
 * Values by name, as docs/schema/doctor.json has them.
 */
#ifndef DOCTOR_NAMES_H
#define DOCTOR_NAMES_H

#include "shim/command/doctor/facts.h"

extern const char *const facts_kind_names[];     /* by enum facts_kind */
extern const char *const facts_linkage_names[];  /* by enum facts_linkage */
extern const char *const facts_role_names[];     /* by enum facts_role */
extern const char *const facts_coverage_names[]; /* by enum facts_coverage */
extern const char *const facts_symbols_names[];  /* by enum symbols_status */
extern const char *const facts_answer_names[];   /* by enum facts_answer */

#endif
