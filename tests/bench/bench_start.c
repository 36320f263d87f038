/*
 * bench-start COUNT PRELOAD PROGRAM: starts the program that many times without and with the object
 * preloaded, in turns, and waits for its end. Prints both times in nanoseconds.
 */
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "tests/bench/bench.h"

enum { WARM_UP = 10 };

static int64_t run(char *program, char *const *environment)
{
    char *const arguments[] = {program, NULL};
    const int64_t begin = bench_now(CLOCK_MONOTONIC);
    pid_t pid;
    int status;

    if (posix_spawn(&pid, program, NULL, NULL, arguments, environment) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "bench-start: %s does not run\n", program);
        exit(1);
    }
    return bench_now(CLOCK_MONOTONIC) - begin;
}

int main(int argc, char **argv)
{
    char preload[PATH_MAX + 16];
    char path[] = "PATH=/usr/bin:/bin";
    char *const without[] = {path, NULL};
    char *const with[] = {path, preload, NULL};
    const long count = argc == 4 ? strtol(argv[1], NULL, 10) : 0;

    if (argc != 4) {
        fprintf(stderr, "usage: bench-start COUNT PRELOAD PROGRAM\n");
        return 2;
    }
    (void)snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", argv[2]);
    for (long i = -WARM_UP; i < count; i++) {
        const int64_t plain = run(argv[3], without);
        const int64_t preloaded = run(argv[3], with);

        if (i >= 0) {
            printf("%" PRId64 " %" PRId64 "\n", plain, preloaded);
        }
    }
    return 0;
}
