#include "shim/command/doctor/trial.h"

#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_SIGNAL 0x80 /* in the stand-in's exit status: the tracer died of the rest */

static uint64_t probe = 1;

/* In the order of attach, which can do without the two calls for memory, unless they are the end of
   who makes them. The end of the tracer ends the tracing. */
static int trace(pid_t pid)
{
    struct iovec here = {.iov_base = &probe, .iov_len = sizeof(probe)};
    struct iovec there = here;

    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0) {
        return errno;
    }
    process_vm_readv(pid, &here, 1, &there, 1, 0);
    process_vm_writev(pid, &here, 1, &there, 1, 0);
    return 0;
}

/* Stands for the shim. Its exit status says how it went. */
static _Noreturn void be_traced(void)
{
    int ready[2];
    char go = 0;
    int status = 0;
    pid_t tracer;

    if (pipe(ready) != 0) {
        _exit(errno & 0x7f);
    }
    tracer = fork();
    if (tracer == 0) {
        close(ready[1]);
        _exit(read(ready[0], &go, 1) == 1 ? trace(getppid()) & 0x7f : EPIPE);
    }
    if (tracer < 0) {
        _exit(errno & 0x7f);
    }
    prctl(PR_SET_PTRACER, (unsigned long)tracer, 0, 0, 0);
    if (write(ready[1], &go, 1) != 1) {
        _exit(errno & 0x7f);
    }
    while (waitpid(tracer, &status, 0) < 0 && errno == EINTR)
        ;
    _exit(WIFSIGNALED(status) ? STATUS_SIGNAL | WTERMSIG(status) : WEXITSTATUS(status));
}

int trial_ptrace(int *error, int *killed_by)
{
    const pid_t child = fork();
    int status = 0;

    *error = 0;
    *killed_by = 0;
    if (child == 0) {
        be_traced();
    }
    if (child < 0) {
        *error = errno;
        return -1;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status)) {
        *killed_by = WTERMSIG(status);
    } else if ((WEXITSTATUS(status) & STATUS_SIGNAL) != 0) {
        *killed_by = WEXITSTATUS(status) & ~STATUS_SIGNAL;
    } else {
        *error = WEXITSTATUS(status);
    }
    return *error == 0 && *killed_by == 0 ? 0 : -1;
}
