/* Asks the machine: kernel, ptrace, bwrap, nameservers, this installation. */
#include "shim/command/doctor/host.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/child.h"
#include "shim/base/home.h"
#include "shim/base/names.h"
#include "shim/base/search_path.h"
#include "shim/base/text_file.h"
#include "shim/base/variables.h"
#include "shim/command/doctor/environment.h"
#include "shim/command/doctor/process.h"
#include "shim/command/doctor/refused.h"
#include "shim/command/doctor/resolver_files.h"
#include "shim/command/doctor/trial.h"

/* Milliseconds in which bwrap has to tell its version. */
#define PATIENCE_MS 2000

static void find_ourselves(struct facts_host *out)
{
    char path[PATH_MAX];
    const char *problem = home_find(NAMES_OBJECT, path, sizeof(path));

    snprintf(problem != NULL ? out->object_problem : out->object, PATH_MAX, "%s",
             problem != NULL ? problem : path);
    text_file_link(getpid(), "exe", out->command, sizeof(out->command));
}

/* Nothing of ours goes into it, in particular not our own preload. */
static void ask_version(const char *path, char *out, size_t size)
{
    char *const argv[] = {(char *)path, (char *)"--version", NULL};
    char *const environment[] = {(char *)"PATH=/usr/bin:/bin", NULL};
    const struct child child = {
        .path = path, .argv = argv, .environment = environment, .patience_ms = PATIENCE_MS};
    int status = 0;
    char *const text = child_run(&child, &status);

    if (text != NULL && strncmp(text, "bubblewrap ", 11) == 0) {
        snprintf(out, size, "%.*s", (int)strcspn(text + 11, "\n"), text + 11);
    }
    free(text);
}

static void find_jailer(struct facts_host *out)
{
    struct stat status;

    if (!search_path_find("bwrap", out->bwrap, sizeof(out->bwrap))) {
        out->bwrap[0] = '\0';
        return;
    }
    out->bwrap_setuid = stat(out->bwrap, &status) == 0 && (status.st_mode & S_ISUID) != 0;
    ask_version(out->bwrap, out->bwrap_version, sizeof(out->bwrap_version));
}

/* Inits that are known to wait for children that are not theirs. */
static bool is_known_to_reap(const char *name)
{
    static const char *const known[] = {"systemd",   "init",        "tini",      "tini-static",
                                        "dumb-init", "docker-init", "catatonit", "s6-svscan",
                                        "runit",     "busybox",     "bwrap",     "conmon"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(name, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

#define ZOMBIES_MAX 256

struct zombies {
    pid_t pids[ZOMBIES_MAX];
    size_t count;
};

static bool is_zombie_of_init(pid_t pid)
{
    char *text = text_file_of_process(pid, "status", NULL);
    const bool is_one = text != NULL && strstr(text, "\nState:\tZ") != NULL &&
                        text_file_number(text, "PPid:", 10) == 1;

    free(text);
    return is_one;
}

static void find_zombies(struct zombies *out)
{
    size_t count;
    pid_t *list = process_list(&count);

    out->count = 0;
    for (size_t i = 0; list != NULL && i < count && out->count < ZOMBIES_MAX; i++) {
        if (is_zombie_of_init(list[i])) {
            out->pids[out->count++] = list[i];
        }
    }
    free(list);
}

/* Who ignores SIGCHLD has no zombies, see wait(2). For others their name and what they have left
   lying about, since an earlier look, has to do. */
static void look_at_init(const struct zombies *earlier, struct facts_host *out)
{
    char *status = text_file_of_process(1, "status", NULL);
    const long long ignored = text_file_number(status, "SigIgn:", 16);

    if (status != NULL) {
        sscanf(status, "Name: %63[^\n]", out->init_name);
    }
    free(status);
    for (size_t i = 0; i < earlier->count; i++) {
        out->zombies += is_zombie_of_init(earlier->pids[i]);
    }
    if ((ignored != -1 && ((unsigned long long)ignored >> (SIGCHLD - 1) & 1U) != 0) ||
        is_known_to_reap(out->init_name)) {
        out->init_reaps = FACTS_YES;
    } else if (out->zombies > 0) {
        out->init_reaps = FACTS_NO;
    }
}

void host_read(const struct facts_environment *environment, struct facts_host *out)
{
    char *status = text_file_of_process(getpid(), "status", NULL);
    struct zombies earlier;

    find_zombies(&earlier);
    find_ourselves(out);
    environment_read(variables_all(), &out->environment);
    find_jailer(out);
    refused_read(out->environment.home, &out->refused);
    out->seccomp = (int)text_file_number(status, "Seccomp:", 10);
    trial_ptrace(&out->trial);
    resolver_files_read(environment != NULL ? environment : &out->environment, out);
    look_at_init(&earlier, out);
    free(status);
}
