/*
 * See bridge_host.h.
 */
#include "tests/support/bridge_host.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void bridge_host_threads(char *unused)
{
    DIR *tasks = opendir("/proc/self/task");
    unsigned count = 0;

    (void)unused;
    if (tasks) {
        for (const struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks)) {
            count += entry->d_name[0] != '.';
        }
        closedir(tasks);
    }
    printf("threads %u", count);
}

static void fd_print(int directory, const char *name)
{
    char target[256];
    const ssize_t length = readlinkat(directory, name, target, sizeof(target));

    printf(" %s=%.*s", name, length > 0 ? (int)length : 0, target);
}

void bridge_host_fds(char *unused)
{
    DIR *fds = opendir("/proc/self/fd");
    unsigned count = 0;

    (void)unused;
    if (!fds) {
        printf("error cannot list descriptors");
        return;
    }
    for (const struct dirent *entry = readdir(fds); entry; entry = readdir(fds)) {
        count += entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(fds);
    }
    printf("fds %u", count);
    rewinddir(fds);
    for (const struct dirent *entry = readdir(fds); entry; entry = readdir(fds)) {
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(fds)) {
            fd_print(dirfd(fds), entry->d_name);
        }
    }
    closedir(fds);
}

static const char *disposition(int number)
{
    struct sigaction action;

    if (sigaction(number, NULL, &action) != 0) {
        return "unknown";
    }
    if (action.sa_handler == SIG_DFL) {
        return "default";
    }
    return action.sa_handler == SIG_IGN ? "ignored" : "handler";
}

void bridge_host_mask(char *unused)
{
    const char *between = "";
    sigset_t blocked;

    (void)unused;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    printf("mask blocked=");
    for (int number = 1; number < NSIG; number++) {
        if (sigismember(&blocked, number) != 1) {
            continue;
        }
        if (sigabbrev_np(number)) {
            printf("%sSIG%s", between, sigabbrev_np(number));
        } else {
            printf("%s%d", between, number);
        }
        between = ",";
    }
    printf(" SIGINT=%s SIGTERM=%s", disposition(SIGINT), disposition(SIGTERM));
}
