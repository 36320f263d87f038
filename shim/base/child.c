/* Starts a program of ours, reads what it prints, and ends it where it takes too long. */
#include "shim/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_MAX 65536U

/* Returns an errno, or 0 with *pid. */
static int start(const struct child *child, int output, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0) {
        return error;
    }
    /* Neither of these fails in glibc. */
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0) {
        error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    }
    if (error == 0) {
        error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    if (error == 0) {
        error =
            posix_spawn(pid, child->path, &actions, &attributes, child->argv, child->environment);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until its end; 0, or an errno. What does not fit is read all the same, lest it block. */
static int read_output(int file, long long deadline, char *output)
{
    size_t length = 0;

    for (;;) {
        struct pollfd wait = {.fd = file, .events = POLLIN};
        const long long left = deadline - now_ms();
        char rest[4096];
        ssize_t got;

        if (left <= 0) {
            return ETIMEDOUT;
        }
        if (poll(&wait, 1, (int)left) <= 0) {
            continue;
        }
        got = length < OUTPUT_MAX - 1 ? read(file, output + length, OUTPUT_MAX - 1 - length)
                                      : read(file, rest, sizeof(rest));
        if (got <= 0) {
            break;
        }
        if (length < OUTPUT_MAX - 1) {
            length += (size_t)got;
        }
    }
    output[length] = '\0';
    return 0;
}

/* Until it has ended, which it may do long after it has closed its output; 0, or an errno. Looks
   again and again: pidfd_open(2) is not in every kernel, and signals are the caller's. */
static int wait_until(pid_t pid, long long deadline, int *status)
{
    static const struct timespec pause = {.tv_nsec = 1000000};

    for (;;) {
        const pid_t ended = waitpid(pid, status, WNOHANG);

        if (ended == pid) {
            return 0;
        }
        if (ended < 0 && errno != EINTR) {
            return 0; /* SIGCHLD is ignored: nothing is left to wait for */
        }
        if (now_ms() >= deadline) {
            return ETIMEDOUT;
        }
        nanosleep(&pause, NULL);
    }
}

char *child_run(const struct child *child, int *status)
{
    char *output = malloc(OUTPUT_MAX);
    long long deadline;
    int ends[2] = {-1, -1};
    pid_t pid = -1;
    int error = output == NULL ? ENOMEM : 0;

    if (error == 0 && pipe2(ends, O_CLOEXEC) != 0) {
        error = errno;
    }
    if (error == 0) {
        error = start(child, ends[1], &pid);
    }
    if (ends[1] >= 0) {
        close(ends[1]);
    }
    if (pid > 0) {
        deadline = now_ms() + child->patience_ms;
        error = read_output(ends[0], deadline, output);
        if (error == 0) {
            error = wait_until(pid, deadline, status);
        }
        if (error != 0) {
            kill(pid, SIGKILL);
            while (waitpid(pid, status, 0) < 0 && errno == EINTR) {
            }
        }
    }
    if (ends[0] >= 0) {
        close(ends[0]);
    }
    if (error != 0) {
        free(output);
        output = NULL;
        errno = error;
    }
    return output;
}
