/*
 * stranger INSTANT COMMAND...: a process that the helper of COMMAND, an attach, has no business
 * with, but that inherits it: a subreaper, as an init or an SDK may be. The helper's parent, the
 * future shim, is killed and waited for, so that its pid is free, after INSTANT stops at system
 * calls of the helper, which has been told to go on by then: entry and return count each.
 *
 * Memory and addresses are such that the helper would find here what it expects in its parent.
 * Prints "held" if the future shim was traced by then, else "free", or "over" if the helper has
 * ended before; then how often we have been stopped, who traces us, and whether our memory and our
 * children are as they should be.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/attach/bystander.h"

static int stops; /* of ours, by a tracer: nothing else interrupts the wait */

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(2);
}

/* The next event of `pid`, or of any child if it is -1: its pid, -1 if there is none left. */
static pid_t await(pid_t pid, int *status)
{
    static int queue = -1;
    struct epoll_event event = {.events = EPOLLIN};
    pid_t got;

    if (queue < 0) {
        sigset_t child;
        int descriptor;

        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        queue = epoll_create1(EPOLL_CLOEXEC);
        descriptor = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
        if (queue < 0 || epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) != 0) {
            fail("epoll");
        }
        event.data.fd = descriptor;
        epoll_ctl(queue, EPOLL_CTL_MOD, descriptor, &event);
    }
    while ((got = waitpid(pid, status, __WALL | WNOHANG)) == 0) {
        struct signalfd_siginfo info;

        /* Some ends come without SIGCHLD: those of a helper. */
        if (epoll_wait(queue, &event, 1, 20) < 0 && errno == EINTR) {
            stops++;
        } else if (event.events != 0 && read(event.data.fd, &info, sizeof(info)) < 0 &&
                   errno != EAGAIN) {
            fail("read");
        }
    }
    return got;
}

static void carry_on(enum __ptrace_request how, pid_t pid, int number)
{
    if (ptrace(how, pid, NULL, (void *)(intptr_t)number) != 0 && errno != ESRCH) {
        fail("ptrace");
    }
}

static bool is_end_of(pid_t pid, uint64_t call, uint64_t *entered)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) <= 0) {
        fail("PTRACE_GET_SYSCALL_INFO");
    }
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        *entered = info.entry.nr;
    }
    return info.op == PTRACE_SYSCALL_INFO_EXIT && *entered == call && info.exit.rval > 0;
}

static pid_t start(char **command)
{
    const uintptr_t options = PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    const pid_t shim = fork();
    int status;

    if (shim == 0) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execvp(command[0], command);
        fail(command[0]);
    }
    if (shim < 0 || await(shim, &status) != shim ||
        ptrace(PTRACE_SETOPTIONS, shim, NULL, (void *)options) != 0) {
        fail("start");
    }
    carry_on(PTRACE_CONT, shim, 0);
    return shim;
}

/* Until the future shim has told its helper to go on, and is let go. The helper is held. */
static pid_t meet_helper(pid_t shim)
{
    uint64_t call = 0;
    pid_t helper = 0;
    bool stopped = false;
    int status;

    for (;;) {
        const pid_t got = await(-1, &status);

        if (got < 0 || !WIFSTOPPED(status)) {
            fail("no helper");
        }
        if (got != shim) {
            stopped = true; /* the helper, for the first time */
            continue;
        }
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_CLONE << 8)) {
            unsigned long message;

            ptrace(PTRACE_GETEVENTMSG, shim, NULL, &message);
            helper = (pid_t)message;
        } else if (WSTOPSIG(status) == (SIGTRAP | 0x80) && helper != 0 &&
                   is_end_of(shim, SYS_sendto, &call)) {
            carry_on(PTRACE_DETACH, shim, 0);
            if (!stopped && (await(helper, &status) != helper || !WIFSTOPPED(status))) {
                fail("no stop of the helper");
            }
            return helper;
        }
        carry_on(helper != 0 ? PTRACE_SYSCALL : PTRACE_CONT, shim, 0);
    }
}

/* False if it ended before. */
static bool step(pid_t helper, long count)
{
    int status;

    while (count > 0) {
        int number = 0;

        carry_on(PTRACE_SYSCALL, helper, 0);
        for (;;) {
            if (await(helper, &status) != helper || !WIFSTOPPED(status)) {
                return false;
            }
            if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
                break;
            }
            number = status >> 16 == 0 && WSTOPSIG(status) != SIGSTOP ? WSTOPSIG(status) : 0;
            carry_on(PTRACE_SYSCALL, helper, number);
        }
        count--;
    }
    return true;
}

static void meet_each_other(char **arguments)
{
    const pid_t shim = start(arguments + 1);
    const pid_t helper = meet_helper(shim);
    const bool going = step(helper, strtol(arguments[0], NULL, 10));
    const bool held = going && bystander_tracer_of(shim) > 0;
    int status;

    printf("%s ", !going ? "over" : held ? "held" : "free");
    kill(shim, SIGKILL);
    if (!held && await(shim, &status) != shim) {
        fail("waitpid");
    }
    if (going) {
        carry_on(PTRACE_DETACH, helper, 0);
    }
    while (await(-1, &status) > 0) {
        continue;
    }
}

int main(int argc, char **argv)
{
    const int fixed = personality(0xffffffff);
    sigset_t all;

    if (argc < 3) {
        return 2;
    }
    if ((fixed & ADDR_NO_RANDOMIZE) == 0) {
        personality((unsigned long)fixed | ADDR_NO_RANDOMIZE);
        execv("/proc/self/exe", argv);
        fail("execv");
    }
    bystander_fill_memory();
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        fail("prctl");
    }
    meet_each_other(argv + 1);
    printf("stops=%d tracer=%ld memory=%s\n", stops, bystander_tracer_of(getpid()),
           bystander_memory_is_same() ? "same" : "changed");
    return 0;
}
