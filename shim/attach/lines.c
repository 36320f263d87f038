/* Log lines, kept until the shim's own callback can take them. */
#include "shim/attach/lines.h"

#include <stdlib.h>
#include <string.h>

void lines_sink(void *context, enum log_level level, const char *line)
{
    struct lines *lines = context;
    char *text = strdup(line);
    struct lines_entry *larger = NULL;

    if (text != NULL) {
        larger = reallocarray(lines->list, lines->count + 1, sizeof(*larger));
    }
    if (larger == NULL) {
        free(text);
        return;
    }
    lines->list = larger;
    larger[lines->count++] = (struct lines_entry){.level = level, .text = text};
}

void lines_clear(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->list[i].text);
    }
    free(lines->list);
    *lines = (struct lines){0};
}
