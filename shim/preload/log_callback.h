/*
 * The bridge's log callback, remembered on its way through.
 */
#ifndef PRELOAD_LOG_CALLBACK_H
#define PRELOAD_LOG_CALLBACK_H

#include <stdbool.h>

#include "shim/base/log.h"

/* A log_sink_fn: hands the line to the bridge's callback, or to standard error while none is set.
 */
void log_callback_sink(void *context, enum log_level level, const char *line);

/* Whether a callback is set, so that lines do not reach standard error. */
bool log_callback_is_set(void);

#endif
