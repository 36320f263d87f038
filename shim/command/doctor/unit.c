/*
 * systemd.unit(5): the first directory that has the unit wins; drop-ins of all of them are read in
 * the order of their names. systemd.exec(5), SystemCallFilter=: the first item decides whether the
 * list allows or denies, later ones add to it or, with the other sign, take from it; an empty
 * assignment begins anew.
 */
#include "shim/command/doctor/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/text_file.h"

static const char *const directories[] = {"/etc/systemd/system", "/run/systemd/system",
                                          "/usr/local/lib/systemd/system",
                                          "/usr/lib/systemd/system", "/lib/systemd/system"};
#define DIRECTORIES (sizeof(directories) / sizeof(directories[0]))

/* The calls that attach needs, and the groups of systemd that hold them (systemd-analyze
   syscall-filter). */
static const struct {
    const char *name;
    const char *groups[4];
} calls[] = {
    {"ptrace", {"@debug", "@known", NULL}},
    {"process_vm_readv", {"@ipc", "@system-service", "@known", NULL}},
    {"process_vm_writev", {"@ipc", "@system-service", "@known", NULL}},
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

struct filter {
    bool set;
    bool denies; /* the list is one of what is denied */
    bool listed[CALLS];
    struct facts_unit *unit;
};

static bool names_call(size_t call, const char *item)
{
    if (strcmp(item, calls[call].name) == 0) {
        return true;
    }
    for (size_t i = 0; calls[call].groups[i] != NULL; i++) {
        if (strcmp(item, calls[call].groups[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* One assignment of SystemCallFilter=, without its key. */
static void apply(struct filter *filter, char *value)
{
    char *shown = filter->unit->filter;
    const size_t used = strlen(shown);
    bool inverted = false;
    char *rest;

    value += strspn(value, " \t");
    if (*value == '\0') {
        struct facts_unit *unit = filter->unit;

        *filter = (struct filter){.unit = unit};
        shown[0] = '\0';
        return;
    }
    snprintf(shown + used, sizeof(filter->unit->filter) - used, "%s%s", used > 0 ? " " : "", value);
    if (*value == '~') {
        inverted = true;
        value++;
    }
    if (!filter->set) {
        filter->set = true;
        filter->denies = inverted;
    }
    for (char *item = strtok_r(value, " \t", &rest); item != NULL;
         item = strtok_r(NULL, " \t", &rest)) {
        item[strcspn(item, ":")] = '\0';
        for (size_t i = 0; i < CALLS; i++) {
            if (names_call(i, item)) {
                filter->listed[i] = inverted == filter->denies;
            }
        }
    }
}

/* Lines that end with a backslash go on in the next. */
static void join_lines(char *text)
{
    for (char *at = text; (at = strstr(at, "\\\n")) != NULL;) {
        at[0] = at[1] = ' ';
    }
}

static void read_file(struct filter *filter, const char *path)
{
    static const char key[] = "SystemCallFilter";
    char *text = text_file_read(path, NULL);
    bool in_service = false;
    char *rest;

    if (text == NULL) {
        return;
    }
    join_lines(text);
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        line += strspn(line, " \t");
        if (*line == '[') {
            in_service = strncmp(line, "[Service]", 9) == 0;
        }
        if (!in_service || strncmp(line, key, sizeof(key) - 1) != 0) {
            continue;
        }
        line += sizeof(key) - 1;
        line += strspn(line, " \t");
        if (*line == '=') {
            apply(filter, line + 1);
        }
    }
    free(text);
}

static int is_drop_in(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);

    return length > 5 && strcmp(entry->d_name + length - 5, ".conf") == 0;
}

struct drop_in {
    char name[256];
    size_t directory;
};

static int compare(const void *left, const void *right)
{
    const struct drop_in *a = left;
    const struct drop_in *b = right;
    const int order = strcmp(a->name, b->name);

    return order != 0 ? order : (a->directory > b->directory) - (a->directory < b->directory);
}

/* Those of all directories, the ones of a name that an earlier directory has as well left out. */
static void read_drop_ins(struct filter *filter, const char *unit)
{
    struct drop_in *found = NULL;
    size_t count = 0;
    char path[PATH_MAX];

    for (size_t i = 0; i < DIRECTORIES; i++) {
        struct dirent **entries;
        int number;

        snprintf(path, sizeof(path), "%s/%s.d", directories[i], unit);
        number = scandir(path, &entries, is_drop_in, NULL);
        for (int j = 0; j < number; j++) {
            struct drop_in *larger = reallocarray(found, count + 1, sizeof(*found));

            if (larger != NULL) {
                found = larger;
                snprintf(found[count].name, sizeof(found->name), "%s", entries[j]->d_name);
                found[count++].directory = i;
            }
            free(entries[j]);
        }
        if (number >= 0) {
            free(entries);
        }
    }
    if (count > 0) {
        qsort(found, count, sizeof(*found), compare);
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(found[i].name, found[i - 1].name) == 0) {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s.d/%s", directories[found[i].directory], unit,
                 found[i].name);
        read_file(filter, path);
    }
    free(found);
}

static bool find_file(const char *unit, char *path, size_t size)
{
    for (size_t i = 0; i < DIRECTORIES; i++) {
        char *text;

        snprintf(path, size, "%s/%s", directories[i], unit);
        text = text_file_read(path, NULL);
        free(text);
        if (text != NULL) {
            return true;
        }
    }
    path[0] = '\0';
    return false;
}

/* "name@.service" for "name@instance.service"; false for other units. */
static bool name_template(const char *unit, char *out, size_t size)
{
    const char *at = strchr(unit, '@');

    return at != NULL && snprintf(out, size, "%.*s@.service", (int)(at - unit), unit) < (int)size;
}

/* The last part of the control group that is a service: there may be groups of its own below. */
static bool find_name(const char *cgroup, char *out, size_t size)
{
    for (const char *line = cgroup; *line != '\0';) {
        const char *end = strchrnul(line, '\n');
        const char *found = NULL;

        for (const char *part = line; part < end; part++) {
            const size_t length = strcspn(part + 1, "/\n");

            if (*part == '/' && length > 8 && strncmp(part + 1 + length - 8, ".service", 8) == 0) {
                found = part + 1;
            }
        }
        if (found != NULL) {
            snprintf(out, size, "%.*s", (int)strcspn(found, "/\n"), found);
            return true;
        }
        line = *end == '\n' ? end + 1 : end;
    }
    return false;
}

void unit_read(const char *cgroup, struct facts_unit *out)
{
    struct filter filter = {.unit = out};
    char template[sizeof(out->name) + sizeof(".service")];

    if (!find_name(cgroup, out->name, sizeof(out->name))) {
        return;
    }
    /* The units of a user's own manager lie elsewhere, in part in the user's home. */
    out->of_user = strstr(cgroup, "/user@") != NULL;
    if (out->of_user) {
        return;
    }
    if (find_file(out->name, out->file, sizeof(out->file))) {
        read_file(&filter, out->file);
    } else if (name_template(out->name, template, sizeof(template)) &&
               find_file(template, out->file, sizeof(out->file))) {
        read_file(&filter, out->file);
        read_drop_ins(&filter, template);
    }
    read_drop_ins(&filter, out->name);
    for (size_t i = 0; i < CALLS && filter.set; i++) {
        const size_t used = strlen(out->denied);

        if (filter.listed[i] != filter.denies) {
            continue;
        }
        out->denies_ptrace = true;
        snprintf(out->denied + used, sizeof(out->denied) - used, "%s%s", used > 0 ? " " : "",
                 calls[i].name);
    }
}
