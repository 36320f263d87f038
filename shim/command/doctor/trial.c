/*
 * The kernel's own answers first (shim/base/tracing.h): they name a filter. What a security module
 * says is seen only by tracing somebody, as attach does: a child its parent.
 */
#include "shim/command/doctor/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        continue;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

/* Stands for the shim; its exit status is an errno. The end of the tracer ends the tracing. */
static _Noreturn void be_traced(void)
{
    pid_t tracer;

    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    tracer = fork();
    if (tracer == 0) {
        _exit(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0 ? 0 : errno & 0xff);
    }
    _exit(tracer < 0 ? errno & 0xff : wait_for(tracer));
}

void trial_ptrace(struct trial *out)
{
    const struct tracing *tracing = &out->tracing;
    pid_t child;

    *out = (struct trial){.error = 0};
    tracing_ask(&out->tracing);
    out->error = tracing->ptrace.error;
    out->killed_by = tracing->ptrace.killed_by != 0  ? tracing->ptrace.killed_by
                     : tracing->readv.killed_by != 0 ? tracing->readv.killed_by
                                                     : tracing->writev.killed_by;
    if (!trial_permits(out)) {
        return;
    }
    child = fork();
    if (child == 0) {
        be_traced();
    }
    out->error = child < 0 ? errno : wait_for(child);
}

bool trial_profile(const char *profile, char *name, size_t size)
{
    static const char enforced[] = " (enforce)";
    const char *mode = strstr(profile, enforced);

    if (mode == NULL || mode[sizeof(enforced) - 1] != '\0') {
        return false;
    }
    snprintf(name, size, "%.*s", (int)(mode - profile), profile);
    return true;
}

/* Linux, Documentation/ABI/testing/procfs-attr-current; aa_change_profile(2). */
static bool change_profile(const char *name)
{
    char text[sizeof("changeprofile ") + 256];
    const int length = snprintf(text, sizeof(text), "changeprofile %s", name);
    int file = open("/proc/self/attr/apparmor/current", O_WRONLY | O_CLOEXEC);

    if (file < 0) {
        file = open("/proc/self/attr/current", O_WRONLY | O_CLOEXEC);
    }
    return length < (int)sizeof(text) && file >= 0 &&
           write(file, text, (size_t)length) == (ssize_t)length;
}

bool trial_profile_denies(const char *name)
{
    const pid_t child = fork();

    if (child == 0) {
        if (!change_profile(name)) {
            _exit(0);
        }
        be_traced();
    }
    /* Nothing else that could forbid it says EACCES. */
    return child > 0 && wait_for(child) == EACCES;
}

bool trial_permits(const struct trial *trial)
{
    return trial->error == 0 && trial->killed_by == 0;
}
