/*
 * Evidence, a label in front of it.
 */
#ifndef DOCTOR_REPORT_ROW_H
#define DOCTOR_REPORT_ROW_H

#include "shim/base/words.h"
#include "shim/command/output/terminal.h"

/* One entry, wrapped to the terminal's width behind the column of labels. */
__attribute__((format(printf, 3, 4))) void doctor_row(const struct terminal *out, const char *label,
                                                      const char *format, ...);

/* One row for each, the label in front of the first. */
void doctor_row_list(const struct terminal *out, const char *label, const struct words *words);

#endif
