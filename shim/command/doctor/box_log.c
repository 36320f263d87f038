/*
 * boxlite-shim writes LOGS/boxlite-shim.log.YYYY-MM-DD, a new one each day; its first line at each
 * start is "Box runner starting". The lines of the bridge, and ours, are at level INFO, which is
 * boxlite's default.
 */
#include "shim/command/doctor/box_log.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/text_file.h"

#define LOG_NAME "boxlite-shim.log."

static const char started[] = "boxlite_shim: Box runner starting";
static const char created[] = "Created GvproxyInstance";
static const char sinkholed[] = "allowNet: DNS sinkhole configured";
static const char filter[] = "filter initialized";
static const char repaired[] = "allowNet: zones repaired";
static const char observed[] = "way_in=attach mode=observe";

/* A descriptor's link that leads to the log: its directory in the process's own view. */
static bool find_directory(pid_t pid, char *out, size_t size)
{
    char path[64];
    DIR *descriptors;
    const struct dirent *entry;
    bool found = false;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    descriptors = opendir(path);
    while (descriptors != NULL && !found && (entry = readdir(descriptors)) != NULL) {
        char name[64];
        char target[PATH_MAX];
        char *slash;

        snprintf(name, sizeof(name), "fd/%.32s", entry->d_name);
        if (text_file_link(pid, name, target, sizeof(target)) != 0) {
            continue;
        }
        slash = strrchr(target, '/');
        if (slash == NULL || strncmp(slash + 1, LOG_NAME, sizeof(LOG_NAME) - 1) != 0) {
            continue;
        }
        *slash = '\0';
        found = snprintf(out, size, "/proc/%d/root%s", (int)pid, target) < (int)size;
    }
    if (descriptors != NULL) {
        closedir(descriptors);
    }
    return found;
}

static int is_log(const struct dirent *entry)
{
    return strncmp(entry->d_name, LOG_NAME, sizeof(LOG_NAME) - 1) == 0;
}

/* What was logged since the last start; NULL if this file does not reach back to it. */
static const char *since_start(const char *text)
{
    const char *last = NULL;

    for (const char *at = text; (at = strstr(at, started)) != NULL; at++) {
        last = at;
    }
    return last;
}

/* Whether the line of the TCP filter, of which 0.9 and 0.10 have one each, counts no host. */
static bool has_no_host(const char *text)
{
    const char *line = strstr(text, filter);
    const size_t length = line != NULL ? strcspn(line, "\n") : 0;

    return line != NULL && memmem(line, length, " hostnames=0", 12) != NULL &&
           memmem(line, length, " wildcards=0", 12) != NULL;
}

static enum facts_coverage judge(const char *text, const char *name, struct words *evidence)
{
    if (strstr(text, repaired) != NULL) {
        facts_say(evidence, "%s: \"%s\" since its start", name, repaired);
        return FACTS_COVERAGE_REPAIRED;
    }
    if (strstr(text, observed) != NULL) {
        facts_say(evidence, "%s: \"mode=observe\" since its start", name);
        return FACTS_COVERAGE_OBSERVED;
    }
    if (strstr(text, created) != NULL && (strstr(text, sinkholed) == NULL || has_no_host(text))) {
        facts_say(evidence, "%s: its bridge was made without a host on an allowlist", name);
        return FACTS_COVERAGE_NO_RULES;
    }
    if (strstr(text, sinkholed) != NULL) {
        facts_say(evidence, "%s: \"%s\", and no line of ours, since its start", name, sinkholed);
        return FACTS_COVERAGE_UNREPAIRED;
    }
    facts_say(evidence, "%s: nothing about its allowlist since its start", name);
    return FACTS_COVERAGE_UNKNOWN;
}

/* From the newest on. The text of a file that has the start in it decides, with all behind it. */
static enum facts_coverage read_logs(const char *directory, struct dirent **files, int count,
                                     struct words *evidence)
{
    for (int i = count - 1; i >= 0; i--) {
        enum facts_coverage coverage = FACTS_COVERAGE_UNKNOWN;
        char path[PATH_MAX];
        const char *text;
        char *whole;

        if (snprintf(path, sizeof(path), "%s/%s", directory, files[i]->d_name) >=
            (int)sizeof(path)) {
            continue;
        }
        whole = text_file_read(path, NULL);
        text = whole != NULL ? since_start(whole) : NULL;
        if (text != NULL) {
            coverage = judge(text, files[i]->d_name, evidence);
        }
        free(whole);
        if (text != NULL) {
            return coverage;
        }
    }
    facts_say(evidence, "%s*: not readable, or they do not reach back to its start", LOG_NAME);
    return FACTS_COVERAGE_UNKNOWN;
}

enum facts_coverage box_log_read(pid_t pid, struct words *evidence)
{
    char directory[PATH_MAX];
    struct dirent **files;
    enum facts_coverage coverage;
    int count;

    if (!find_directory(pid, directory, sizeof(directory))) {
        facts_say(evidence, "it holds no log open that can be seen");
        return FACTS_COVERAGE_UNKNOWN;
    }
    count = scandir(directory, &files, is_log, alphasort);
    coverage = read_logs(directory, files, count, evidence);
    for (int i = 0; i < count; i++) {
        free(files[i]);
    }
    if (count >= 0) {
        free(files);
    }
    return coverage;
}
