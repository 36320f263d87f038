/*
 * What was found and judged, for a person or for a program.
 */
#ifndef DOCTOR_REPORT_H
#define DOCTOR_REPORT_H

#include "shim/command/doctor/facts.h"
#include "shim/command/doctor/verdict.h"

struct report {
    const struct findings *findings;
    const struct verdict *verdicts; /* one for each finding */
    const struct facts_host *host;
    enum verdict_kind overall; /* the worst; NOT_AFFECTED if there is nothing */
};

/* Both write to standard output; whether all could be written shows on the stream. The second
   returns 0, or -1 with a message on standard error when memory was short. */
void doctor_report_text(const struct report *report);
int doctor_report_json(const struct report *report);

#endif
