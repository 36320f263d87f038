/*
 * `systemctl show` prints SystemCallFilter= as it is in force, after all files and drop-ins, with
 * each group replaced by its calls: those that are allowed, or, behind a "~", those that are not
 * (systemd.exec(5); sd_bus property of org.freedesktop.systemd1.Service). A filter without an error
 * number ends who makes a call that it does not allow.
 *
 * Where systemd cannot be asked its files are not read in its place: whoever cannot reach the
 * manager of a process, in a container for one, does not see its files either.
 */
#include "shim/command/doctor/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/child.h"
#include "shim/base/search_path.h"
#include "shim/base/words.h"

/* Milliseconds in which the manager has to answer. */
#define PATIENCE_MS 5000

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

/* What systemctl prints, the caller's to free; NULL for nothing. */
static char *ask_manager(const struct facts_unit *unit)
{
    char path[PATH_MAX];
    char runtime[64];
    char *argv[] = {(char *)"systemctl",
                    (char *)(unit->of_user ? "--user" : "--system"),
                    (char *)"show",
                    (char *)"--property=LoadState,FragmentPath,SourcePath,DropInPaths,"
                            "SystemCallFilter,SystemCallErrorNumber",
                    (char *)"--",
                    (char *)unit->name,
                    NULL};
    struct words environment = {0};
    struct child child = {.path = path, .argv = argv, .patience_ms = PATIENCE_MS};
    char *text = NULL;
    int status = 0;

    if (!search_path_find("systemctl", path, sizeof(path))) {
        return NULL;
    }
    snprintf(runtime, sizeof(runtime), "XDG_RUNTIME_DIR=/run/user/%u", (unsigned)geteuid());
    words_add(&environment, "LC_ALL=C");
    words_add(&environment, runtime);
    if (!environment.failed) {
        child.environment = environment.list;
        text = child_run(&child, &status);
    }
    free(environment.list);
    if (status != 0) {
        free(text);
        text = NULL;
    }
    return text;
}

/* The value in "KEY=VALUE" lines, up to the end of its line; NULL without one, or if it is empty.
 */
static const char *find_value(const char *text, const char *key, size_t *length)
{
    const size_t size = strlen(key);

    for (const char *line = text; *line != '\0';) {
        const char *end = strchrnul(line, '\n');

        if (strncmp(line, key, size) == 0 && line[size] == '=') {
            *length = (size_t)(end - line) - size - 1;
            return *length > 0 ? line + size + 1 : NULL;
        }
        line = *end == '\n' ? end + 1 : end;
    }
    return NULL;
}

static void copy_value(const char *text, const char *key, char *out, size_t size)
{
    size_t length;
    const char *value = find_value(text, key, &length);

    if (value != NULL) {
        snprintf(out, size, "%.*s", (int)length, value);
    }
}

/* Whether a call is in the list: by itself, or else with an error of its own behind a colon. */
static bool is_listed(const char *list, size_t length, const char *call, bool by_itself)
{
    const size_t size = strlen(call);

    for (const char *end = list + length; list < end; list++) {
        const size_t word = strcspn(list, " \n");

        if (word >= size && strncmp(list, call, size) == 0 &&
            (word == size || (list[size] == ':' && !by_itself))) {
            return true;
        }
        list += word;
    }
    return false;
}

static void judge_filter(const char *text, struct facts_unit *out)
{
    /* What attach can do without, unless it is the end of who makes it, comes after the first. */
    static const char *const calls[] = {"ptrace", "process_vm_readv", "process_vm_writev"};
    size_t length;
    size_t ignored;
    const char *list = find_value(text, "SystemCallFilter", &length);
    const char *error = find_value(text, "SystemCallErrorNumber", &ignored);
    /* 2147483646 is "kill": systemd's SECCOMP_ERROR_NUMBER_KILL. */
    const bool kills = error == NULL || strncmp(error, "2147483646", 10) == 0 || *error == '0';
    const bool denies = list != NULL && *list == '~';

    /* Nothing is denied: no filter. */
    out->filters = list != NULL && !(denies && length == 1);
    for (size_t i = 0; list != NULL && i < sizeof(calls) / sizeof(calls[0]); i++) {
        const size_t used = strlen(out->denied);

        if ((i > 0 && !kills) ||
            is_listed(list + denies, length - denies, calls[i], i > 0 && denies) != denies) {
            continue;
        }
        out->denies_ptrace = true;
        snprintf(out->denied + used, sizeof(out->denied) - used, "%s%s", used > 0 ? " " : "",
                 calls[i]);
    }
}

void unit_read(const char *cgroup, uid_t uid, struct facts_unit *out)
{
    char *text;

    if (!find_name(cgroup, out->name, sizeof(out->name))) {
        return;
    }
    out->of_user = strstr(cgroup, "/user@") != NULL;
    /* A user's own manager listens to that user alone. */
    if (out->of_user && uid != geteuid()) {
        return;
    }
    text = ask_manager(out);
    out->asked = text != NULL && strstr(text, "LoadState=loaded\n") != NULL;
    if (out->asked) {
        copy_value(text, "FragmentPath", out->file, sizeof(out->file));
        copy_value(text, "SourcePath", out->source, sizeof(out->source));
        copy_value(text, "DropInPaths", out->drop_ins, sizeof(out->drop_ins));
        judge_filter(text, out);
    }
    free(text);
}
