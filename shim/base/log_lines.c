/* A list of log lines that grows. */
#include "shim/base/log_lines.h"

#include <stdlib.h>
#include <string.h>

void log_lines_sink(void *context, enum log_level level, const char *line)
{
    struct log_lines *lines = context;
    struct log_lines_entry *larger = lines->list;
    char *text = strdup(line);

    /* Full at each power of two: double it. */
    if ((lines->count & (lines->count - 1)) == 0) {
        larger =
            reallocarray(lines->list, lines->count == 0 ? 1 : 2 * lines->count, sizeof(*larger));
    }
    if (larger != NULL) {
        lines->list = larger;
    }
    if (larger == NULL || text == NULL) {
        free(text);
        lines->failed = true;
        return;
    }
    larger[lines->count++] = (struct log_lines_entry){.level = level, .text = text};
}

void log_lines_clear(struct log_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->list[i].text);
    }
    free(lines->list);
    *lines = (struct log_lines){0};
}
