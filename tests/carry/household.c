/*
 * household SPEC COMMAND...: the parents of a box. This process is a subreaper, as an init or a
 * service is, and stands for everybody whom a start of a box is none of the business of. Its child
 * is the parent, an SDK: it writes SPEC to the standard input of COMMAND, which is its child, keeps
 * the writing end of the watchdog pipe, descriptor 3 there, and waits.
 *
 * Prints "parent PID". When its own standard input ends it prints how often it has been stopped by
 * a tracer, whether one is there, whether its memory is what it was, and how many children are
 * left. All signals are blocked: what interrupts its wait can be nothing but a tracer.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/attach/bystander.h"

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(2);
}

/* ---- the parent ---- */

static int open_spec(const char *path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    static char text[32768]; /* what a pipe holds without anybody who reads */
    const ssize_t size = read(file, text, sizeof(text));
    int ends[2];

    if (size <= 0 || pipe2(ends, O_CLOEXEC) != 0 || write(ends[1], text, (size_t)size) != size) {
        fail("spec");
    }
    close(ends[1]);
    return ends[0];
}

static _Noreturn void be_parent(const char *spec, char **command)
{
    const int input = open_spec(spec);
    sigset_t none;
    int watchdog[2];
    pid_t child;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (pipe2(watchdog, O_CLOEXEC) != 0) {
        fail("pipe2");
    }
    child = fork();
    if (child == 0) {
        const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

        /* Numbers that dup2 does not make its own. */
        const int from = fcntl(watchdog[0], F_DUPFD_CLOEXEC, 10);

        dup2(input, STDIN_FILENO);
        dup2(nothing, STDOUT_FILENO);
        dup2(from, 3);
        execvp(command[0], command);
        fail(command[0]);
    }
    /* The future of these is the child's. */
    close(input);
    close(watchdog[0]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
        continue;
    }
    _exit(0);
}

/* ---- everybody else ---- */

static void add(int queue, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};

    if (epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) != 0) {
        fail("epoll_ctl");
    }
}

/* Reaps whom it inherits until its input ends: how often it was stopped. */
static int wait_for_all(const sigset_t *all)
{
    const int queue = epoll_create1(EPOLL_CLOEXEC);
    const int signals = signalfd(-1, all, SFD_CLOEXEC | SFD_NONBLOCK);
    struct epoll_event event = {.data.fd = -1};
    int stops = 0;

    add(queue, signals);
    add(queue, STDIN_FILENO);
    while (event.data.fd != STDIN_FILENO) {
        struct signalfd_siginfo info;

        /* A helper's end sends no signal: hence the time. */
        if (epoll_wait(queue, &event, 1, 10) < 0) {
            stops += errno == EINTR;
        }
        while (read(signals, &info, sizeof(info)) > 0) {
            continue;
        }
        while (waitpid(-1, NULL, WNOHANG | __WALL) > 0) {
            continue;
        }
    }
    return stops;
}

int main(int argc, char **argv)
{
    sigset_t all;
    pid_t parent;
    int stops;

    if (argc < 3) {
        return 2;
    }
    bystander_fill_memory();
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
        fail("prctl");
    }
    parent = fork();
    if (parent == 0) {
        be_parent(argv[1], argv + 2);
    }
    printf("parent %d\n", (int)parent);
    fflush(stdout);
    stops = wait_for_all(&all);
    printf("stops=%d tracer=%ld memory=%s children=%s\n", stops, bystander_tracer_of(getpid()),
           bystander_memory_is_same() ? "same" : "changed",
           waitpid(-1, NULL, WNOHANG | __WALL) < 0 ? "none" : "left");
    return 0;
}
