/* Goes through the processes and the directories where boxlite may be. */
#include "shim/command/doctor/discover.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/listing.h"
#include "shim/base/search_path.h"
#include "shim/base/variables.h"
#include "shim/command/doctor/build.h"
#include "shim/command/doctor/files.h"
#include "shim/command/doctor/package.h"
#include "shim/command/doctor/process.h"

#define UNPACKED "/.local/share/boxlite/runtimes"

static void look_through(struct findings *findings, const char *directory, bool everywhere)
{
    if (access(directory, F_OK) != 0) {
        return;
    }
    facts_say(&findings->places, "%s", directory);
    if (files_add_below(findings, directory, everywhere) != 0) {
        findings->denied++;
    }
}

__attribute__((format(printf, 2, 3))) static void look_in(struct findings *findings,
                                                          const char *format, ...)
{
    char path[PATH_MAX];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(path, sizeof(path), format, arguments);
    va_end(arguments);
    if (length > 0 && length < (int)sizeof(path)) {
        look_through(findings, path, false);
    }
}

/* Each element of a list as of PATH, with `below` behind it. */
static void look_in_list(struct findings *findings, const char *list, const char *below)
{
    char element[PATH_MAX];

    while (search_path_next(&list, element, sizeof(element))) {
        look_in(findings, "%s%s", element, below);
    }
}

/* The shims and bridges that lie in a library path itself: nothing below it is loaded from it. */
static void look_at_library_path(struct findings *findings, const char *list)
{
    static const char *const names[] = {"boxlite-shim", "libgvproxy.so"};
    char element[PATH_MAX];

    while (search_path_next(&list, element, sizeof(element))) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            char path[PATH_MAX];

            if (snprintf(path, sizeof(path), "%s/%s", element, names[i]) >= (int)sizeof(path) ||
                access(path, F_OK) != 0) {
                continue;
            }
            facts_say(&findings->places, "%s", element);
            if (files_add(findings, path) != 0) {
                findings->denied++;
            }
            break; /* a shim tells more than the bridge that lies beside it */
        }
    }
}

/* Where Python has its packages below a prefix, if boxlite is one of them. */
static void look_at_packages(struct findings *findings, const char *prefix)
{
    static const struct {
        const char *libraries;
        const char *packages;
    } places[] = {{"lib", "/site-packages/boxlite"},
                  {"lib64", "/site-packages/boxlite"},
                  {"lib", "/dist-packages/boxlite"}};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char directory[PATH_MAX];
        struct words matches;

        if (snprintf(directory, sizeof(directory), "%s/%s", prefix, places[i].libraries) >=
            (int)sizeof(directory)) {
            continue;
        }
        matches = listing_read(directory, "python3*", places[i].packages);
        for (size_t j = 0; j < matches.count; j++) {
            look_through(findings, matches.list[j], false);
        }
        words_clear(&matches);
    }
}

/* The directory two above `path`, as PREFIX of PREFIX/bin/python3. */
static bool take_prefix(char *path)
{
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(path, '/');

        if (slash == NULL || slash == path) {
            return false;
        }
        *slash = '\0';
    }
    return true;
}

/* The installation that python3 on the PATH belongs to, a virtual environment before what it was
   made of; and pyenv's, whose python3 is a script that chooses one. */
static void look_at_python(struct findings *findings, const char *home)
{
    char path[PATH_MAX];
    char real[PATH_MAX];
    char prefix[PATH_MAX];

    if (search_path_find("python3", path, sizeof(path))) {
        if (realpath(path, real) != NULL && take_prefix(real)) {
            look_at_packages(findings, real);
        }
        if (take_prefix(path)) {
            look_at_packages(findings, path);
            if (snprintf(prefix, sizeof(prefix), "%s/versions/*", path) < (int)sizeof(prefix)) {
                look_at_packages(findings, prefix);
            }
        }
    }
    look_at_packages(findings, "/usr/local");
    if (snprintf(prefix, sizeof(prefix), "%s/.local", home) < (int)sizeof(prefix)) {
        look_at_packages(findings, prefix);
    }
    look_in_list(findings, variables_get("PYTHONPATH"), "/boxlite");
}

void discover_files(const struct facts_environment *environment, struct findings *findings)
{
    size_t first;

    look_in_list(findings, environment->runtime_dir, "");
    first = findings->count;
    if (environment->home[0] != '\0') {
        look_in(findings, "%s" UNPACKED, environment->home);
    }
    for (size_t i = first; i < findings->count; i++) {
        findings->list[i].unpacked = true;
    }
    look_at_library_path(findings, environment->library_path);
    look_in(findings, "%s", ".");
    look_in_list(findings, variables_get("NODE_PATH"), "");
    look_in(findings, "%s", "/usr/local/lib/node_modules/@boxlite-ai");
    look_in(findings, "%s", "/usr/lib/node_modules/@boxlite-ai");
    look_at_python(findings, environment->home);
    look_through(findings, "/opt", true);
}

void discover_processes(struct findings *findings, pid_t above, bool shims_alone)
{
    size_t count;
    pid_t *list = process_list(&count);

    for (size_t i = 0; list != NULL && i < count; i++) {
        struct facts *fresh;
        bool denied = false;

        if (list[i] == getpid() || (above != 0 && !process_descends(list[i], above))) {
            continue;
        }
        if (!process_is_boxlite(list[i], &denied)) {
            findings->denied += denied;
            continue;
        }
        fresh = findings_add(findings, FACTS_KIND_PROCESS, "");
        if (fresh == NULL) {
            break;
        }
        if (process_read(list[i], &fresh->process) != 0 ||
            (shims_alone && fresh->process.role != FACTS_ROLE_SHIM)) {
            findings_drop(findings);
        }
    }
    if (list == NULL) {
        findings->failed = true;
    }
    free(list);
}
