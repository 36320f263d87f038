/*
 * Log lines: a message, then key=value fields, as the bridge writes them.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>

/* The values are those that the bridge hands to its log callback. */
enum log_level {
    LOG_LEVEL_TRACE = 0,
    LOG_LEVEL_DEBUG = 1,
    LOG_LEVEL_INFO = 2,
    LOG_LEVEL_WARN = 3,
    LOG_LEVEL_ERROR = 4
};

/* Takes one line, without newline; borrowed for the call. */
typedef void log_sink_fn(void *context, enum log_level level, const char *line);

struct log {
    enum log_level threshold; /* lines below it are dropped */
    const char *file;         /* lines are appended there too; "" or NULL for none; borrowed. A
                                 regular file with no other name, made with mode 0600 if there is
                                 none, or a pipe with a reader; no link to one */
    log_sink_fn *sink;        /* NULL: standard error */
    void *context;            /* for the sink */
};

/* Writes one line, whatever it is made of: control characters become "?", and one longer than 4 KiB
   is cut and ends in "...". None where `log` is NULL. Keeps errno; never fails, and raises no
   signal: a log that cannot be written must not change what the caller does. That the file cannot
   be is told to the sink, once in the life of the process. Thread safe. */
__attribute__((format(printf, 3, 4))) void log_line(const struct log *log, enum log_level level,
                                                    const char *format, ...);

/* The default sink: one write to standard error, "boxlite-allownet: LEVEL line". */
void log_to_stderr(void *context, enum log_level level, const char *line);

/* `text` as a quoted field value, with quotes, backslashes and control bytes escaped. Cut if `size`
   is short, always terminated. Returns `buffer`. */
const char *log_quote(const char *text, char *buffer, size_t size);

#endif
