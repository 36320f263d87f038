/* Reads a process from /proc. */
#include "shim/command/doctor/process.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/home.h"
#include "shim/base/names.h"
#include "shim/base/text_file.h"
#include "shim/base/tracing.h"
#include "shim/command/doctor/coverage.h"
#include "shim/command/doctor/environment.h"
#include "shim/command/doctor/files.h"
#include "shim/command/doctor/unit.h"
#include "shim/command/overlay/trailer.h"

#define SHIM    "boxlite-shim"
#define DELETED " (deleted)"
/* A process tree is not deeper; /proc may change under our feet. */
#define DEPTH_LIMIT 64

pid_t *process_list(size_t *count)
{
    DIR *directory = opendir("/proc");
    const struct dirent *entry;
    pid_t *list = malloc(sizeof(*list));

    *count = 0;
    while (directory != NULL && list != NULL && (entry = readdir(directory)) != NULL) {
        pid_t *larger;

        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') {
            continue;
        }
        larger = reallocarray(list, *count + 1, sizeof(*list));
        if (larger == NULL) {
            break;
        }
        list = larger;
        list[(*count)++] = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return list;
}

/* 0 if there is none that can be seen. */
static pid_t parent_of(pid_t pid)
{
    char *status = text_file_of_process(pid, "status", NULL);
    const long long parent = text_file_number(status, "PPid:", 10);

    free(status);
    return parent > 0 ? (pid_t)parent : 0;
}

bool process_descends(pid_t pid, pid_t from)
{
    for (size_t depth = 0; pid > 1 && depth < DEPTH_LIMIT; depth++) {
        pid = parent_of(pid);
        if (pid == from) {
            return true;
        }
    }
    return false;
}

/* The executable's name, without what says that the file is gone. -1 with errno: ENOENT for a
   zombie or a thread of the kernel's. */
static int read_executable(pid_t pid, char *out, size_t size)
{
    char *end;

    if (text_file_link(pid, "exe", out, size) != 0) {
        return -1;
    }
    end = strstr(out, DELETED);
    if (end != NULL && end[sizeof(DELETED) - 1] == '\0') {
        *end = '\0';
    }
    return 0;
}

/* boxlite's shim, or the one beside an overlay's command. */
static bool is_shim(const char *executable)
{
    const char *name = basename(executable);

    return strcmp(name, SHIM) == 0 || strcmp(name, SHIM ".original") == 0;
}

/* Our command on its way to a shim, which it will become: with "run", "launch" or "attach" and the
   shim among its words; in an overlay it has the shim's own name. */
static bool is_start(pid_t pid, const char *executable)
{
    static const char *const verbs[] = {"run", "launch", "attach"};
    const bool ours = strcmp(basename(executable), NAMES_COMMAND) == 0;
    struct trailer trailer;
    char path[64];
    char *words;
    size_t length = 0;
    bool verb = false;
    bool shim = false;

    snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
    if (is_shim(executable)) {
        const bool in_overlay = trailer_read(path, &trailer) == TRAILER_READ;

        trailer_clear(&trailer);
        return in_overlay;
    }
    words = ours ? text_file_of_process(pid, "cmdline", &length) : NULL;
    for (size_t at = 0; words != NULL && at < length; at += strlen(words + at) + 1) {
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
            verb = verb || (at > 0 && strcmp(words + at, verbs[i]) == 0);
        }
        shim = shim || (verb && strcmp(basename(words + at), SHIM) == 0);
    }
    free(words);
    return shim;
}

/* Whether our command traces it: it is at its create, or before. */
static bool is_held_by_us(pid_t tracer)
{
    char executable[PATH_MAX];

    return tracer > 0 && read_executable(tracer, executable, sizeof(executable)) == 0 &&
           strcmp(basename(executable), NAMES_COMMAND) == 0;
}

static bool is_jail(const char *executable)
{
    return strcmp(basename(executable), "bwrap") == 0;
}

static bool is_bridge(const char *path)
{
    return strcmp(basename(path), "libgvproxy.so") == 0;
}

/* Of an SDK, or a bridge by itself. */
static bool is_library(const char *path)
{
    return is_bridge(path) || files_is_library(basename(path));
}

/* The path in a line of /proc/PID/maps; NULL where there is none. *deleted: it has another file by
   now, or none. */
static char *mapped_path(char *line, bool *deleted)
{
    char *path = strchr(line, '/');
    char *end = path != NULL ? strstr(path, DELETED) : NULL;

    *deleted = end != NULL && end[sizeof(DELETED) - 1] == '\0';
    if (*deleted) {
        *end = '\0';
    }
    return path;
}

/* A library as the process has it, to be opened by us: it may live in a jail, or be replaced. */
static void set_library(struct facts_process *process, const char *line, const char *path,
                        bool deleted)
{
    char *out = process->library;
    const size_t size = sizeof(process->library);

    snprintf(process->library_shown, sizeof(process->library_shown), "%s", path);
    if (deleted) {
        snprintf(out, size, "/proc/%d/map_files/%.*s", (int)process->pid, (int)strcspn(line, " "),
                 line);
        if (access(out, R_OK) == 0) {
            return;
        }
    }
    snprintf(out, size, "/proc/%d/root%s", (int)process->pid, path);
    if (access(out, R_OK) != 0) {
        snprintf(out, size, "%s", path);
    }
}

static void read_maps(struct facts_process *out)
{
    char *text = text_file_of_process(out->pid, "maps", NULL);
    char *rest;

    out->maps_known = text != NULL;
    for (char *line = text != NULL ? strtok_r(text, "\n", &rest) : NULL; line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        bool deleted;
        const char *path = mapped_path(line, &deleted);

        if (path == NULL) {
            continue;
        }
        if (out->object[0] == '\0' && strcmp(basename(path), NAMES_OBJECT) == 0) {
            snprintf(out->object, sizeof(out->object), "%s", path);
        }
        /* A bridge that is loaded matters more than an SDK that could start a shim. */
        if (is_library(path) && (out->library[0] == '\0' || is_bridge(path))) {
            set_library(out, line, path, deleted);
        }
    }
    free(text);
}

static void read_status(struct facts_process *out, const char *status)
{
    long long capabilities = text_file_number(status, "CapEff:", 16);

    sscanf(status, "Name: %63[^\n]", out->name);
    out->uid = (uid_t)text_file_number(status, "Uid:", 10);
    out->seccomp = (int)text_file_number(status, "Seccomp:", 10);
    out->no_new_privileges = text_file_number(status, "NoNewPrivs:", 10) == 1;
    out->tracer = (pid_t)text_file_number(status, "TracerPid:", 10);
    out->may_ptrace = capabilities > 0 && (capabilities >> CAP_SYS_PTRACE & 1) != 0;
}

static void read_profile(struct facts_process *out)
{
    char profile[256];

    tracing_profile(out->pid, profile, sizeof(profile));
    if (!trial_profile(profile, out->profile, sizeof(out->profile)) ||
        !trial_profile_denies(out->profile)) {
        out->profile[0] = '\0';
    }
}

/* The jail around a shim, and who made it. */
static void read_ancestors(struct facts_process *out)
{
    pid_t pid = parent_of(out->pid);
    char executable[PATH_MAX];
    struct facts_process parent = {.pid = 0};

    for (size_t depth = 0; pid > 0 && depth < DEPTH_LIMIT; depth++) {
        if (read_executable(pid, executable, sizeof(executable)) != 0 || !is_jail(executable)) {
            break;
        }
        out->jailed = true;
        out->bwrap = pid;
        pid = parent_of(pid);
    }
    out->parent = pid;
    if (pid <= 0) {
        return;
    }
    parent.pid = pid;
    read_maps(&parent);
    out->parent_known = parent.maps_known;
    out->parent_has_object = parent.object[0] != '\0';
    snprintf(out->parent_name, sizeof(out->parent_name), "%s", basename(executable));
}

/* Who is given a jail's number means the shim in it. 0 if there is none. */
static pid_t find_shim_below(pid_t jail)
{
    size_t count;
    pid_t *list = process_list(&count);
    pid_t found = 0;

    for (size_t i = 0; list != NULL && i < count && found == 0; i++) {
        char executable[PATH_MAX];

        if (read_executable(list[i], executable, sizeof(executable)) == 0 && is_shim(executable) &&
            process_descends(list[i], jail)) {
            found = list[i];
        }
    }
    free(list);
    return found;
}

int process_read(pid_t pid, struct facts_process *out)
{
    char *status = text_file_of_process(pid, "status", NULL);
    bool denied = false;
    char *cgroup;
    pid_t inner;

    if (status == NULL) {
        errno = ESRCH;
        return -1;
    }
    out->pid = pid;
    if (read_executable(pid, out->executable, sizeof(out->executable)) != 0) {
        denied = errno != ENOENT;
    }
    inner = is_jail(out->executable) ? find_shim_below(pid) : 0;
    if (inner > 0) {
        free(status);
        return process_read(inner, out);
    }
    read_status(out, status);
    free(status);
    out->found = true;
    read_maps(out);
    if (!out->maps_known || denied) {
        errno = kill(pid, 0) != 0 && errno == ESRCH ? ESRCH : EACCES;
        return -1;
    }
    read_profile(out);
    environment_of_process(pid, &out->environment);
    cgroup = text_file_of_process(pid, "cgroup", NULL);
    if (cgroup != NULL) {
        unit_read(cgroup, out->uid, &out->unit);
    }
    free(cgroup);
    if (is_start(pid, out->executable)) {
        out->role = FACTS_ROLE_START;
    } else if (is_shim(out->executable)) {
        out->role = FACTS_ROLE_SHIM;
        read_ancestors(out);
        coverage_read(out);
        if (is_held_by_us(out->tracer)) {
            out->tracer = 0;
            if (out->coverage != FACTS_COVERAGE_OBSERVED) {
                out->coverage = FACTS_COVERAGE_STARTING;
            }
        }
    } else if (out->library[0] != '\0') {
        out->role = FACTS_ROLE_SDK;
    }
    return 0;
}

bool process_is_boxlite(pid_t pid, bool *denied)
{
    struct facts_process process = {.pid = pid};

    if (read_executable(pid, process.executable, sizeof(process.executable)) != 0) {
        *denied = *denied || errno == EACCES;
        return false;
    }
    if (is_shim(process.executable) || is_start(pid, process.executable)) {
        return true;
    }
    read_maps(&process);
    return process.library[0] != '\0';
}
