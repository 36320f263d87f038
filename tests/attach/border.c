/*
 * border HOW COMMAND [ARGUMENT...]: runs COMMAND where it is hard to attach to.
 *   errno        a seccomp filter denies ptrace with EPERM
 *   kill         a seccomp filter kills any process that calls it
 *   memory       a seccomp filter denies writing another's memory
 *   memory-kill  a seccomp filter kills who does
 *   yama         ptrace of anybody is denied with EPERM, as Yama does
 *   module       ptrace of anybody is denied with EACCES, as a security module does
 *   traced       somebody else traces COMMAND already, until it ends
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int load(struct sock_filter *program, unsigned short length)
{
    const struct sock_fprog whole = {.len = length, .filter = program};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) != 0;
}

static int filter(unsigned call, unsigned verdict)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, verdict),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };

    return load(program, sizeof(program) / sizeof(program[0]));
}

/* The same for calls whose second argument, a pid, is not 0. */
static int filter_pids(unsigned call, unsigned verdict)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, verdict),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };

    return load(program, sizeof(program) / sizeof(program[0]));
}

/* The tracer of `pid`: hands everything on, and ends with it. */
static int trace(pid_t pid, int held)
{
    int status;

    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 || write(held, "", 1) != 1) {
        return 1;
    }
    close(held);
    while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
        ptrace(PTRACE_CONT, pid, NULL, (void *)(long)(status >> 16 == 0 ? WSTOPSIG(status) : 0));
    }
    return 0;
}

static int become_traced(void)
{
    const pid_t self = getpid();
    int held[2];
    char byte;
    pid_t tracer;

    if (pipe(held) != 0) {
        return 1;
    }
    tracer = fork();
    if (tracer == 0) {
        close(held[0]);
        /* Nobody shall wait for the tracer to close what COMMAND was given. */
        for (int descriptor = 0; descriptor < 64; descriptor++) {
            if (descriptor != held[1]) {
                close(descriptor);
            }
        }
        _exit(trace(self, held[1]));
    }
    close(held[1]);
    if (tracer < 0 || read(held[0], &byte, 1) != 1) {
        return 1;
    }
    close(held[0]);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 1;

    if (argc < 3) {
        return 2;
    }
    if (strcmp(argv[1], "errno") == 0) {
        failed = filter(SYS_ptrace, SECCOMP_RET_ERRNO | EPERM);
    } else if (strcmp(argv[1], "kill") == 0) {
        failed = filter(SYS_ptrace, SECCOMP_RET_KILL_PROCESS);
    } else if (strcmp(argv[1], "memory") == 0) {
        failed = filter(SYS_process_vm_writev, SECCOMP_RET_ERRNO | EPERM);
    } else if (strcmp(argv[1], "memory-kill") == 0) {
        failed = filter(SYS_process_vm_writev, SECCOMP_RET_KILL_PROCESS);
    } else if (strcmp(argv[1], "yama") == 0) {
        failed = filter_pids(SYS_ptrace, SECCOMP_RET_ERRNO | EPERM);
    } else if (strcmp(argv[1], "module") == 0) {
        failed = filter_pids(SYS_ptrace, SECCOMP_RET_ERRNO | EACCES);
    } else if (strcmp(argv[1], "traced") == 0) {
        failed = become_traced();
    }
    if (failed) {
        perror("border");
        return 2;
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
