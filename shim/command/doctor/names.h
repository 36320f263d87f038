/*
 * Values by name, as docs/schema/doctor.json has them.
 */
#ifndef DOCTOR_NAMES_H
#define DOCTOR_NAMES_H

#include "shim/command/doctor/facts.h"

/* Each returns a constant. */
const char *facts_kind_name(enum facts_kind kind);
const char *facts_linkage_name(enum facts_linkage linkage);
const char *facts_role_name(enum facts_role role);
const char *facts_coverage_name(enum facts_coverage coverage);
const char *facts_symbols_name(enum symbols_status status);
const char *facts_answer_name(enum facts_answer answer);

#endif
