/*
 * Runs a fuzz target on files, and on all files of directories, without libFuzzer: built with
 * whatever compiler and sanitizers the tests have. Says how many it ran, or which one it died of.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/inputs.h"

static char current[4096]; /* the file that is being run */

/* System calls only: the process may be in any state. */
static void name_current(int number)
{
    static const char text[] = ": died of this file\n";
    ssize_t ignored = write(STDERR_FILENO, current, strlen(current));

    ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
    signal(number, SIG_DFL);
    raise(number);
}

static void run(const char *path, const uint8_t *bytes, size_t size)
{
    snprintf(current, sizeof(current), "%s", path);
    LLVMFuzzerTestOneInput(bytes, size);
}

int main(int argc, char **argv)
{
    struct timespec begin;
    struct timespec end;
    size_t passed = 0;

    /* The sanitizers end this way if they are asked to by abort_on_error. */
    signal(SIGABRT, name_current);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 1; i < argc; i++) {
        passed += inputs_run(argv[i], run);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%s: %zu passed in %.2fs\n", argv[0], passed,
           (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    return passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
