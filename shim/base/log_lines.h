/*
 * Log lines that wait for a moment, or a process, in which the shim's own callback can take them.
 */
#ifndef BASE_LOG_LINES_H
#define BASE_LOG_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/base/log.h"

struct log_lines_entry {
    enum log_level level;
    char *text;
};

struct log_lines {
    struct log_lines_entry *list; /* owned, as are the texts; in the order logged */
    size_t count;
    bool failed; /* memory was short: a line is missing */
};

/* A log_sink_fn whose context is struct log_lines. */
void log_lines_sink(void *context, enum log_level level, const char *line);

/* Takes a zeroed list as well, and leaves one. */
void log_lines_clear(struct log_lines *lines);

#endif
