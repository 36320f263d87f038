/* Writes one line of evidence. */
#include "shim/command/doctor/report_row.h"

#include <stdarg.h>

#define COLUMN 15U /* where what stands behind a label begins */

void doctor_row(const struct terminal *out, const char *label, const char *format, ...)
{
    va_list arguments;

    terminal_print(out, TERMINAL_FAINT, "  %-*s", (int)COLUMN - 2, label);
    va_start(arguments, format);
    terminal_vwrap(out, TERMINAL_PLAIN, COLUMN, COLUMN, format, arguments);
    va_end(arguments);
}

void doctor_row_list(const struct terminal *out, const char *label, const struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        doctor_row(out, i == 0 ? label : "", "%s", words->list[i]);
    }
}
