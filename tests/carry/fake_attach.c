/*
 * The command with an `attach` that attaches to nothing: it says what was handed over and executes
 * the shim. With it launch is tested for itself, on shims that have no bridge in them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/base/search_path.h"
#include "shim/launch/launch.h"

/* The handover's lines on standard error, each behind "handover: ". */
static void show_handover(int descriptor)
{
    FILE *file = fdopen(descriptor, "r");
    char line[8192];

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        fprintf(stderr, "handover: %s", line);
    }
    if (file != NULL) {
        fclose(file);
    }
}

static int attach(char **arguments)
{
    static const char *const words[] = {"--handover", NULL, "--argv0", NULL, "--"};
    const char *program;
    char found[4096];

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (arguments[i] == NULL || (words[i] != NULL && strcmp(arguments[i], words[i]) != 0)) {
            fprintf(stderr, "fake attach: argument %zu is not as agreed\n", i);
            return 99;
        }
    }
    fprintf(stderr, "handover fd: %s\n", arguments[1]);
    show_handover(atoi(arguments[1]));
    program = search_path_find(arguments[5], found, sizeof(found)) ? found : arguments[5];
    arguments[5] = arguments[3];
    syscall(SYS_execve, program, arguments + 5, environ);
    perror(program);
    return 99;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "launch") == 0) {
        return launch_main(argv + 2, NULL);
    }
    if (argc > 1 && strcmp(argv[1], "attach") == 0) {
        return attach(argv + 2);
    }
    fputs("fake attach: neither launch nor attach\n", stderr);
    return 99;
}
