/* Writes the stand-in bridge's log. */
#include "tests/support/standin_log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

enum { LINE_MAX_SIZE = 1024 };

static standin_log_fn *_Atomic callback;

void standin_log_set(standin_log_fn *function)
{
    atomic_store(&callback, function);
}

static const char *level_name(enum standin_level level)
{
    switch (level) {
    case STANDIN_DEBUG:
        return "debug";
    case STANDIN_INFO:
        return "info";
    case STANDIN_WARN:
        return "warning";
    case STANDIN_ERROR:
        break;
    }
    return "error";
}

void standin_log(enum standin_level level, const char *message, const char *fields, ...)
{
    standin_log_fn *const function = atomic_load(&callback);
    char rest[LINE_MAX_SIZE / 2];
    char line[LINE_MAX_SIZE];
    va_list arguments;

    va_start(arguments, fields);
    (void)vsnprintf(rest, sizeof(rest), fields, arguments);
    va_end(arguments);
    if (function != NULL) {
        (void)snprintf(line, sizeof(line), "%s %s", message, rest);
        function((int)level, line);
    } else if (level >= STANDIN_INFO) {
        fprintf(stderr, "level=%s msg=\"%s\" %s\n", level_name(level), message, rest);
    }
}
