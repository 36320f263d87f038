/*
 * A refused start leaves its text in ~/.boxlite/boxes/ID: from 0.9.7 on in `exit`, a JSON object
 * with a message; before that in shim.stderr; and in each release in the box's log, with its time.
 * See docs/compatibility.md.
 */
#include "shim/command/doctor/refused.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "shim/base/listing.h"
#include "shim/base/text_file.h"
#include "shim/command/doctor/box_log.h"
#include "shim/command/doctor/facts.h"

#define BOXES_MAX   5
#define TEXT_MAX    1000
#define OUR_REFUSAL "allowNet: "

struct refused {
    char when[32]; /* ISO 8601, UTC */
    char text[TEXT_MAX + PATH_MAX];
};

struct list {
    struct refused *boxes;
    size_t count;
};

static int newest_first(const void *one, const void *other)
{
    return strcmp(((const struct refused *)other)->when, ((const struct refused *)one)->when);
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
    size_t length;

    if (begin == NULL) {
        return false;
    }
    length = strcspn(begin, "\n");
    snprintf(out->text, sizeof(out->text), "%s, %s: %.*s", box, out->when,
             (int)(length < TEXT_MAX ? length : TEXT_MAX), begin);
    return true;
}

static bool read_file(const char *box, const char *name, const char *shown, struct refused *out)
{
    char path[PATH_MAX];
    struct stat status;
    struct tm when;
    char *text;
    char *message;
    bool found;

    if (snprintf(path, sizeof(path), "%s/%s", box, name) >= (int)sizeof(path) ||
        stat(path, &status) != 0) {
        return false;
    }
    strftime(out->when, sizeof(out->when), "%FT%TZ", gmtime_r(&status.st_mtim.tv_sec, &when));
    text = text_file_read(path, NULL);
    message = text != NULL ? message_of(text) : NULL;
    found = take_text(shown, message != NULL ? message : text, out);
    free(message);
    free(text);
    return found;
}

/* A line "2026-11-24T11:16:55.586596Z ERROR gvproxy: allowNet: ...", the last one. */
static bool read_log(const char *box, const char *shown, struct refused *out)
{
    char directory[PATH_MAX];
    char *text = NULL;
    const char *line;
    bool found = false;

    if (snprintf(directory, sizeof(directory), "%s/logs", box) < (int)sizeof(directory)) {
        text = box_log_last_start(directory);
    }
    line = text != NULL ? box_log_refusal(text) : NULL;
    if (line != NULL) {
        snprintf(out->when, sizeof(out->when), "%.19sZ", line);
        found = take_text(shown, line, out);
    }
    free(text);
    return found;
}

/* The boxes below one home directory. Those of others are shown with their paths. */
static void read_home(const char *home, bool own, struct list *list)
{
    char directory[PATH_MAX];
    struct words boxes = {0};
    struct refused *larger = NULL;

    if (snprintf(directory, sizeof(directory), "%s/.boxlite/boxes", home) <
        (int)sizeof(directory)) {
        boxes = listing_read(directory, "*", "");
    }
    if (boxes.count > 0) {
        larger = reallocarray(list->boxes, list->count + boxes.count, sizeof(*larger));
    }
    if (larger != NULL) {
        list->boxes = larger;
        for (size_t i = 0; i < boxes.count; i++) {
            const char *box = boxes.list[i];
            const char *shown = own ? basename(box) : box;
            struct refused *out = &larger[list->count];

            list->count += read_file(box, "exit", shown, out) ||
                           read_file(box, "shim.stderr", shown, out) || read_log(box, shown, out);
        }
    }
    words_clear(&boxes);
}

/* The boxes of others whose home directories are in this one. */
static void read_homes(const char *directory, const char *own, struct list *list)
{
    struct words homes = listing_read(directory, "*", "");

    for (size_t i = 0; i < homes.count; i++) {
        if (strcmp(homes.list[i], own) != 0) {
            read_home(homes.list[i], false, list);
        }
    }
    words_clear(&homes);
}

void refused_read(const char *home, struct words *out)
{
    struct list list = {0};

    if (home[0] != '\0') {
        read_home(home, true, &list);
    }
    if (strcmp(home, "/root") != 0) {
        read_home("/root", false, &list);
    }
    read_homes("/home", home, &list);
    read_homes("/var/lib", home, &list);
    if (list.count > 1) {
        qsort(list.boxes, list.count, sizeof(*list.boxes), newest_first);
    }
    for (size_t i = 0; i < list.count && i < BOXES_MAX; i++) {
        facts_say(out, "%s", list.boxes[i].text);
    }
    free(list.boxes);
}
