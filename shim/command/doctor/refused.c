/*
 * A refused start leaves its text in ~/.boxlite/boxes/ID: from 0.9.7 on in `exit`, a JSON object
 * with a message; before that in shim.stderr. See docs/compatibility.md.
 */
#include "shim/command/doctor/refused.h"

#include <glob.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shim/base/text_file.h"
#include "shim/command/doctor/facts.h"

#define BOXES_MAX   5
#define TEXT_MAX    1000
#define OUR_REFUSAL "allowNet: "

struct refused {
    struct timespec when;
    char text[TEXT_MAX + NAME_MAX + 8];
};

static int newest_first(const void *one, const void *other)
{
    const struct timespec *a = &((const struct refused *)one)->when;
    const struct timespec *b = &((const struct refused *)other)->when;

    if (a->tv_sec != b->tv_sec) {
        return a->tv_sec < b->tv_sec ? 1 : -1;
    }
    return (a->tv_nsec < b->tv_nsec) - (a->tv_nsec > b->tv_nsec);
}

/* The message of an exit file, the caller's to free; NULL for none. */
static char *message_of(const char *text)
{
    json_t *root = json_loads(text, 0, NULL);
    const char *message = json_string_value(json_object_get(root, "message"));
    char *copy = message != NULL ? strdup(message) : NULL;

    json_decref(root);
    return copy;
}

/* From our words to the end of their line. */
static bool take_text(const char *box, const char *text, struct refused *out)
{
    const char *begin = text != NULL ? strstr(text, OUR_REFUSAL) : NULL;

    if (begin == NULL) {
        return false;
    }
    snprintf(out->text, sizeof(out->text), "%.*s: %.*s", NAME_MAX, basename(box),
             (int)strnlen(begin, strcspn(begin, "\n") < TEXT_MAX ? strcspn(begin, "\n") : TEXT_MAX),
             begin);
    return true;
}

static bool read_box(const char *box, struct refused *out)
{
    static const char *const files[] = {"exit", "shim.stderr"};
    bool found = false;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !found; i++) {
        char path[PATH_MAX];
        struct stat status;
        char *text;
        char *message;

        if (snprintf(path, sizeof(path), "%s/%s", box, files[i]) >= (int)sizeof(path) ||
            stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
            continue;
        }
        text = text_file_read(path, NULL);
        message = text != NULL ? message_of(text) : NULL;
        found = take_text(box, message != NULL ? message : text, out);
        out->when = status.st_mtim;
        free(message);
        free(text);
    }
    return found;
}

void refused_read(const char *home, struct words *out)
{
    char pattern[PATH_MAX];
    glob_t boxes;
    struct refused *list;
    size_t count = 0;

    if (home[0] == '\0' ||
        snprintf(pattern, sizeof(pattern), "%s/.boxlite/boxes/*", home) >= (int)sizeof(pattern) ||
        glob(pattern, 0, NULL, &boxes) != 0) {
        return;
    }
    list = calloc(boxes.gl_pathc, sizeof(*list));
    for (size_t i = 0; list != NULL && i < boxes.gl_pathc; i++) {
        count += read_box(boxes.gl_pathv[i], &list[count]);
    }
    if (list != NULL) {
        qsort(list, count, sizeof(*list), newest_first);
    }
    for (size_t i = 0; i < count && i < BOXES_MAX; i++) {
        facts_say(out, "%s", list[i].text);
    }
    free(list);
    globfree(&boxes);
}
