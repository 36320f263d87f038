/*
 * Log lines that wait for a moment at which the shim's own callback can take them.
 */
#ifndef ATTACH_LINES_H
#define ATTACH_LINES_H

#include <stddef.h>

#include "shim/base/log.h"

struct lines_entry {
    enum log_level level;
    char *text;
};

struct lines {
    struct lines_entry *list;
    size_t count;
};

/* A log_sink_fn whose context is struct lines; a line for which memory is short is lost. */
void lines_sink(void *context, enum log_level level, const char *line);

void lines_clear(struct lines *lines);

#endif
