/*
 * What goes on in the process while it creates: children that are forked, vforked and spawned, and
 * signals, all at random instants.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/torture/torture.h"

extern char **environ;

/* A child that hangs on somebody's lock is ended by this, and counted. */
enum { CHILD_PATIENCE_S = 30, INTERRUPTS_EVERY = 100 };

static char *const nothing[] = {"true", NULL};

static void pause_a_moment(uint64_t *random)
{
    usleep((useconds_t)(torture_random(random) % 2000));
}

static void wait_for(const char *what, pid_t child, int expected)
{
    int status = 0;

    while (waitpid(child, &status, 0) != child) {
        if (errno != EINTR) {
            torture_wrong("%s: waitpid: %s", what, strerror(errno));
            return;
        }
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != expected) {
        torture_wrong("%s: a child ended with status %#x", what, (unsigned)status);
    }
}

/* What a child of a host may do before it executes something: our hooks must not hang in it. */
static void live_as_child(bool execute)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;

    alarm(CHILD_PATIENCE_S);
    if (getaddrinfo("192.0.2.1", NULL, &hints, &list) != 0) {
        _exit(1);
    }
    freeaddrinfo(list);
    if (!execute) {
        _exit(0);
    }
    execvp(nothing[0], nothing);
    _exit(2);
}

void *torture_fork_storm(void *argument)
{
    struct torture *const torture = argument;
    uint64_t random = torture->seed + 11;

    while (!atomic_load(&torture->stop)) {
        const bool execute = torture_random(&random) % 4 == 0;
        const pid_t child = fork();

        if (child == 0) {
            live_as_child(execute);
        }
        if (child > 0) {
            wait_for("fork", child, 0);
        }
        pause_a_moment(&random);
    }
    return NULL;
}

/* As Python does: descriptors first, then a path that does not exist. Nothing but system calls and
   execve in the child. */
static pid_t vfork_program(const struct torture *torture, char *const *arguments, int null)
{
    const pid_t child = vfork();

    if (child == 0) {
        if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0) {
            _exit(3);
        }
        execve("/nowhere/boxlite-shim", arguments, environ);
        execve(torture->program, arguments, environ);
        _exit(3);
    }
    return child;
}

static pid_t spawn_program(const struct torture *torture, char *const *arguments, int null)
{
    posix_spawn_file_actions_t actions;
    pid_t child = -1;
    int status;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, null, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, null, STDOUT_FILENO);
    status = posix_spawnp(&child, torture->program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (status != 0) {
        torture_wrong("spawn: %s", strerror(status));
    }
    return status == 0 ? child : -1;
}

void *torture_spawn_storm(void *argument)
{
    struct torture *const torture = argument;
    char *const arguments[] = {(char *)torture->program, NULL};
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    uint64_t random = torture->seed + 12;

    while (!atomic_load(&torture->stop)) {
        const bool vforked = torture_random(&random) % 2 == 0;
        const pid_t child = vforked ? vfork_program(torture, arguments, null)
                                    : spawn_program(torture, arguments, null);

        if (child > 0) {
            wait_for("spawn", child, torture->program_status);
        }
        pause_a_moment(&random);
    }
    close(null);
    return NULL;
}

static const int handled[] = {SIGINT, SIGUSR1, SIGUSR2, SIGCHLD};
enum { HANDLED = sizeof(handled) / sizeof(handled[0]) };
static atomic_long counts[HANDLED];
static atomic_long terms;

static void on_signal(int number)
{
    for (size_t i = 0; i < HANDLED; i++) {
        if (handled[i] == number) {
            atomic_fetch_add(&counts[i], 1);
        }
    }
}

/* SA_ONSTACK for Go's sake. SIGUSR1 interrupts system calls, the others let them go on. */
void torture_signals_start(void)
{
    sigset_t term;

    for (size_t i = 0; i < HANDLED; i++) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};

        if (handled[i] != SIGUSR1) {
            action.sa_flags |= SA_RESTART;
        }
        sigaction(handled[i], &action, NULL);
    }
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &term, NULL);
}

static void send_one(const struct torture *torture, uint64_t number)
{
    const pid_t process = getpid();
    const int thread = atomic_load(&torture->threads[(number >> 16) % torture->thread_count]);

    switch (number % 8) {
    case 0:
        if (atomic_fetch_add(&terms, 1) < 3) {
            kill(process, SIGTERM);
        }
        break;
    case 1:
        kill(process, SIGCHLD);
        break;
    default:
        if (thread != 0) {
            syscall(SYS_tgkill, process, thread, number % 2 == 0 ? SIGUSR1 : SIGUSR2);
        }
        break;
    }
}

void *torture_signal_storm(void *argument)
{
    struct torture *const torture = argument;
    uint64_t random = torture->seed + 13;

    for (unsigned count = 1; !atomic_load(&torture->stop); count++) {
        send_one(torture, torture_random(&random));
        /* Each ends all creates in flight, so not too many. */
        if (torture->interrupts && count % INTERRUPTS_EVERY == 0) {
            kill(getpid(), SIGINT);
        }
        pause_a_moment(&random);
    }
    return NULL;
}

void torture_signals_report(void)
{
    sigset_t pending;

    sigpending(&pending);
    if (atomic_load(&terms) > 0 && sigismember(&pending, SIGTERM) != 1) {
        torture_wrong("a blocked SIGTERM was taken");
    }
    printf("signals INT %ld USR1 %ld USR2 %ld CHLD %ld TERM pending %s\n", atomic_load(&counts[0]),
           atomic_load(&counts[1]), atomic_load(&counts[2]), atomic_load(&counts[3]),
           sigismember(&pending, SIGTERM) == 1 ? "yes" : "no");
}
