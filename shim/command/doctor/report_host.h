/*
 * The machine's part of the text.
 */
#ifndef DOCTOR_REPORT_HOST_H
#define DOCTOR_REPORT_HOST_H

#include "shim/command/doctor/facts.h"
#include "shim/command/output/terminal.h"

void doctor_report_host(const struct terminal *out, const struct facts_host *host);

#endif
