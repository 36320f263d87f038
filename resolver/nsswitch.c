/*
 * Parsers for the hosts line. For libc criteria in brackets are skipped whole: `[!UNAVAIL=return]`
 * decides what it does between its services, not which services there are; of several hosts lines
 * the last one counts, as in glibc since 2.34. For Go criteria matter, and all hosts lines count.
 */
#include "resolver/nsswitch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/ascii.h"
#include "resolver/lines.h"

static const char nsswitch_path[] = "/etc/nsswitch.conf";
static const char blanks[] = " \t\r\n\f\v";

bool nsswitch_parse_line(const char *line, struct nsswitch *result)
{
    static const char database[] = "hosts:";
    struct nsswitch seen = {false, false};
    bool files = false;

    line += strspn(line, blanks);
    if (strncmp(line, database, sizeof(database) - 1) != 0) {
        return false;
    }
    line += sizeof(database) - 1;
    for (;;) {
        line += strspn(line, blanks);
        if (*line == '\0' || *line == '#') {
            break;
        }
        if (*line == '[') {
            line += strcspn(line, "]#");
            line += *line == ']' ? 1 : 0;
            continue;
        }
        struct slice word = {line, strcspn(line, " \t\r\n\f\v[#")};
        if (slice_is(word, "files")) {
            files = true;
        } else if (slice_is(word, "dns")) {
            seen.dns_first = !files;
        } else {
            seen.more = true;
        }
        line += word.length;
    }
    *result = seen;
    return true;
}

void nsswitch_read(struct nsswitch *result)
{
    char line[1024];
    bool at_start = true;
    FILE *file = fopen(nsswitch_path, "re");

    result->more = false;
    result->dns_first = false;
    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        /* The tail of an over-long line is no line. */
        if (at_start) {
            (void)nsswitch_parse_line(line, result);
        }
        at_start = strchr(line, '\n') != NULL;
    }
    (void)fclose(file);
}

/* ---- Go's way ---- */

static bool is_word(struct slice text, const char *word)
{
    return text.length == strlen(word) && ascii_equals_n(text.text, word, text.length);
}

/*
 * One criterion, such as `NOTFOUND=return`. Returns false if it is not of the grammar; *standard is
 * cleared if it says something else than what is done anyway.
 */
static bool read_criterion(struct slice text, bool last, bool *standard)
{
    bool negated = text.length > 0 && *text.text == '!';
    struct slice status;
    struct slice action;
    const char *usual = "continue";

    if (negated) {
        text.text++;
        text.length--;
    }
    status = slice_before(text, '=');
    if (text.length < 3 || status.length == text.length) {
        return false;
    }
    action = (struct slice){status.text + status.length + 1, text.length - status.length - 1};
    if (is_word(status, "success")) {
        usual = "return";
    } else if (!is_word(status, "notfound") && !is_word(status, "unavail") &&
               !is_word(status, "tryagain")) {
        usual = NULL;
    }
    if (negated || usual == NULL ||
        !(is_word(action, usual) || (last && is_word(action, "return")))) {
        *standard = false;
    }
    return true;
}

/* Takes what stands before the next space; a tab is no space to Go here. */
static struct slice next_word(struct slice *rest)
{
    struct slice taken = slice_before(*rest, ' ');

    rest->text += taken.length;
    rest->length -= taken.length;
    *rest = slice_trim(*rest);
    return taken;
}

/* What stands between brackets. */
static bool read_criteria(struct slice text, bool *standard)
{
    text = slice_trim(text);
    while (text.length > 0) {
        struct slice criterion = slice_trim(next_word(&text));
        if (!read_criterion(criterion, text.length == 0, standard)) {
            return false;
        }
    }
    return true;
}

/* False when memory is short. */
static bool add_source(struct nsswitch_sources *sources, struct slice name, struct slice criteria,
                       bool standard)
{
    struct nsswitch_source *grown =
        realloc(sources->list, (sources->count + 1) * sizeof(*sources->list));
    char *copy = slice_copy(name);
    char *more = criteria.length > 0 ? slice_copy(criteria) : NULL;

    if (grown != NULL) {
        sources->list = grown;
    }
    if (grown == NULL || copy == NULL || (criteria.length > 0 && more == NULL)) {
        free(copy);
        free(more);
        return false;
    }
    grown[sources->count++] = (struct nsswitch_source){copy, more, standard};
    return true;
}

/* The next source of a line, with its criteria. False if they are not of the grammar. */
static bool next_source(struct slice *rest, struct slice *name, struct slice *criteria,
                        bool *standard)
{
    *standard = true;
    *criteria = (struct slice){NULL, 0};
    *name = next_word(rest);
    if (slice_begins(*rest, "[")) {
        struct slice inside = slice_before(*rest, ']');
        if (inside.length == rest->length) {
            return false;
        }
        *criteria = (struct slice){rest->text, inside.length + 1};
        rest->text += inside.length + 1;
        rest->length -= inside.length + 1;
        inside.text++;
        inside.length--;
        if (!read_criteria(inside, standard)) {
            return false;
        }
        *rest = slice_trim(*rest);
    }
    return true;
}

/* False when memory is short. */
static bool read_sources(struct nsswitch_sources *sources, struct slice line)
{
    struct slice text = slice_trim(slice_before(line, '#'));
    struct slice database = slice_before(text, ':');
    struct slice rest;

    if (text.length == 0) {
        return true;
    }
    if (database.length == text.length) {
        sources->faulty = true;
        return true;
    }
    rest = slice_trim(
        (struct slice){text.text + database.length + 1, text.length - database.length - 1});
    while (rest.length > 0) {
        struct slice name;
        struct slice criteria;
        bool standard;

        if (!next_source(&rest, &name, &criteria, &standard)) {
            sources->faulty = true;
            return true;
        }
        if (slice_is(slice_trim(database), "hosts") &&
            !add_source(sources, name, criteria, standard)) {
            return false;
        }
    }
    return true;
}

int nsswitch_sources_read_path(struct nsswitch_sources *sources, const char *path)
{
    struct lines lines;
    struct slice line;
    bool good = true;

    *sources = (struct nsswitch_sources){.error = lines_open(&lines, path)};
    if (sources->error != 0) {
        int error = sources->error;
        return error == EMFILE || error == ENFILE || error == ENOMEM ? error : 0;
    }
    while (good && !sources->faulty && lines_next(&lines, &line)) {
        good = read_sources(sources, line);
    }
    lines_close(&lines);
    return good ? 0 : ENOMEM;
}

int nsswitch_sources_read(struct nsswitch_sources *sources)
{
    return nsswitch_sources_read_path(sources, nsswitch_path);
}

void nsswitch_sources_clear(struct nsswitch_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        free(sources->list[i].name);
        free(sources->list[i].criteria);
    }
    free(sources->list);
    *sources = (struct nsswitch_sources){0};
}

bool nsswitch_source_is_gos(const struct nsswitch_source *source)
{
    return strcmp(source->name, "files") == 0 || strcmp(source->name, "dns") == 0;
}

bool nsswitch_source_needs_libc(const struct nsswitch_source *source)
{
    if (nsswitch_source_is_gos(source)) {
        return !source->standard;
    }
    return strcmp(source->name, "myhostname") != 0 && strncmp(source->name, "mdns", 4) != 0;
}
