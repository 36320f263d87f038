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
static const char error[] = " ERROR ";
static const char ours[] = "allowNet:";
static const char attempt[] = "allowNet: DNS resolution failed"; /* one host's: no refusal yet */
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

/* The name of the file in which the last start is, in `name`, and its text from there on, in
 *whole, the caller's to free. From the newest on. */
static const char *find_start(const char *directory, char *name, size_t size, char **whole)
{
    struct dirent **files;
    const char *text = NULL;
    const int count = scandir(directory, &files, is_log, alphasort);

    *whole = NULL;
    for (int i = count - 1; i >= 0; i--) {
        char path[PATH_MAX];

        if (text == NULL && snprintf(path, sizeof(path), "%s/%s", directory, files[i]->d_name) <
                                (int)sizeof(path)) {
            free(*whole);
            *whole = text_file_read(path, NULL);
            text = *whole != NULL ? since_start(*whole) : NULL;
            snprintf(name, size, "%s", files[i]->d_name);
        }
        free(files[i]);
    }
    if (count >= 0) {
        free(files);
    }
    return text;
}

enum facts_coverage box_log_read(pid_t pid, struct words *evidence)
{
    enum facts_coverage coverage = FACTS_COVERAGE_UNKNOWN;
    char directory[PATH_MAX];
    char name[NAME_MAX + 1];
    const char *text;
    char *whole;

    if (!find_directory(pid, directory, sizeof(directory))) {
        facts_say(evidence, "it holds no log open that can be seen");
        return coverage;
    }
    text = find_start(directory, name, sizeof(name), &whole);
    if (text != NULL) {
        coverage = judge(text, name, evidence);
    } else {
        facts_say(evidence, "%s*: not readable, or they do not reach back to its start", LOG_NAME);
    }
    free(whole);
    return coverage;
}

char *box_log_last_start(const char *directory)
{
    char name[NAME_MAX + 1];
    char *whole;
    const char *text = find_start(directory, name, sizeof(name), &whole);
    char *copy = text != NULL ? strdup(text) : NULL;

    free(whole);
    return copy;
}

const char *box_log_refusal(const char *text)
{
    const char *last = NULL;

    for (const char *line = text; *line != '\0';) {
        const size_t length = strcspn(line, "\n");

        if (memmem(line, length, error, sizeof(error) - 1) != NULL &&
            memmem(line, length, ours, sizeof(ours) - 1) != NULL &&
            memmem(line, length, attempt, sizeof(attempt) - 1) == NULL) {
            last = line;
        }
        line += length + (line[length] != '\0');
    }
    return last;
}
