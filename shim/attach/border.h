/*
 * What keeps a shim from being repaired, but for what forbids to trace it, told to the operator.
 */
#ifndef ATTACH_BORDER_H
#define ATTACH_BORDER_H

#include <stddef.h>

#include "shim/boxlite/symbols.h"

/* Each writes one line, without newline, that names the border and the remedy. */

/* `error`: errno where the file could not be read. */
void border_describe_shim(enum symbols_status status, const char *path, int error, char *text,
                          size_t size);

/* Nothing in the file tells whether it needs the repair. */
void border_describe_unknown(const char *path, char *text, size_t size);

/* No helper could be had: `call` failed with `error`. */
void border_describe_helper(const char *call, int error, char *text, size_t size);

#endif
