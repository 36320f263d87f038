/*
 * A call for pid 0, which no process has, in a child: a seccomp filter may kill who makes it.
 */
#include "shim/base/tracing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/base/text_file.h"

/* linux/capability.h; its own header is not everywhere. */
#define CAP_SYS_PTRACE 19

static char byte;

static void call_ptrace(void)
{
    ptrace(PTRACE_SEIZE, 0, NULL, NULL);
}

static void call_readv(void)
{
    const struct iovec place = {.iov_base = &byte, .iov_len = sizeof(byte)};

    process_vm_readv(0, &place, 1, &place, 1, 0);
}

static void call_writev(void)
{
    const struct iovec place = {.iov_base = &byte, .iov_len = sizeof(byte)};

    process_vm_writev(0, &place, 1, &place, 1, 0);
}

static struct tracing_answer ask(void (*call)(void))
{
    const pid_t child = (pid_t)syscall(SYS_clone, 0L, NULL, NULL, NULL, 0L);
    int status = 0;

    if (child == 0) {
        errno = 0;
        call();
        _exit(errno == ESRCH ? 0 : errno & 0xff);
    }
    while (child > 0 && waitpid(child, &status, __WALL) < 0 && errno == EINTR) {
        continue;
    }
    if (child < 0) {
        return (struct tracing_answer){0}; /* not known to be forbidden */
    }
    return (struct tracing_answer){.error = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
                                   .killed_by = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
}

/* One line, without a newline or what stands behind a NUL. */
void tracing_profile(pid_t pid, char *out, size_t size)
{
    char *text = pid == 0 ? text_file_read("/proc/self/attr/apparmor/current", NULL)
                          : text_file_of_process(pid, "attr/apparmor/current", NULL);

    if (text == NULL) {
        text = pid == 0 ? text_file_read("/proc/self/attr/current", NULL)
                        : text_file_of_process(pid, "attr/current", NULL);
    }
    snprintf(out, size, "%.*s", text != NULL ? (int)strcspn(text, "\n") : 0,
             text != NULL ? text : "");
    free(text);
}

void tracing_ask(struct tracing *out)
{
    char *status = text_file_read("/proc/self/status", NULL);
    char *yama = text_file_read("/proc/sys/kernel/yama/ptrace_scope", NULL);
    const long long effective = text_file_number(status, "CapEff:", 16);
    const long long tracer = text_file_number(status, "TracerPid:", 10);

    out->tracer = tracer > 0 ? (long)tracer : 0;
    out->capable = effective >= 0 && ((unsigned long long)effective >> CAP_SYS_PTRACE & 1) != 0;
    out->closed = !out->capable && prctl(PR_GET_DUMPABLE) != 1;
    out->yama = yama != NULL ? (int)strtol(yama, NULL, 10) : -1;
    out->ptrace = ask(call_ptrace);
    out->readv = ask(call_readv);
    out->writev = ask(call_writev);
    tracing_profile(0, out->profile, sizeof(out->profile));
    free(status);
    free(yama);
}

bool tracing_yama_bars(const struct tracing *tracing)
{
    return tracing->yama > 2 || (tracing->yama == 2 && !tracing->capable);
}
