/*
 * bench-exec: what the exec hooks cost a program that starts something else. Prints, for each way
 * of calling, the nanoseconds of one call: the least of several batches. The functions called are
 * those of bench-exec-stub.so, which only return, so that no system call hides the difference.
 */
#include <stdio.h>
#include <unistd.h>

#include "tests/bench/bench.h"

enum { BATCH = 20000, BATCHES = 25, JAIL_WORDS = 300 };

static char *const ordinary[] = {(char *)"ls", (char *)"-l", NULL};
static char *const probe[] = {(char *)"bwrap", (char *)"--version", NULL};
static char *jail[JAIL_WORDS + 1];

struct way {
    const char *name;
    const char *path;
    char *const *argv;
};

static const struct way ways[] = {
    {"execve, ordinary program", "/usr/bin/ls", ordinary},
    {"execve, long path", "/opt/some/where/deep/in/a/tree/of/directories/bin/make-something",
     ordinary},
    {"execve, name that begins alike", "/usr/local/bin/bash", ordinary},
    {"execve, bwrap --version", "/usr/bin/bwrap", probe},
    {"execve, bwrap with 300 words, no shim", "/usr/bin/bwrap", jail},
    {"execve, boxlite-shim that is not there", "/nowhere/boxlite-shim", ordinary},
};

static double measure(const struct way *way)
{
    double least = 0;

    for (int i = 0; i < BATCHES; i++) {
        const int64_t begin = bench_now(CLOCK_MONOTONIC);
        double each;

        for (int j = 0; j < BATCH; j++) {
            execve(way->path, way->argv, environ);
        }
        each = (double)(bench_now(CLOCK_MONOTONIC) - begin) / BATCH;
        if (i == 0 || each < least) {
            least = each;
        }
    }
    return least;
}

int main(void)
{
    for (int i = 0; i < JAIL_WORDS; i++) {
        jail[i] = (char *)"--ro-bind";
    }
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        printf("%8.1f ns  %s\n", measure(&ways[i]), ways[i].name);
    }
    return 0;
}
