/* Starts this command once more, as a box or as what is tested. */
#include "shim/command/selftest/process.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/child.h"
#include "shim/base/variables.h"
#include "shim/base/words.h"

#define PATIENCE_MS 20000

static bool is_kept(const char *variable)
{
    return strncmp(variable, "BOXLITE_", 8) != 0 && strncmp(variable, "LD_PRELOAD=", 11) != 0;
}

char *process_run(const struct process *process, int *status)
{
    struct words argv = {0};
    struct words environment = {0};
    char *output = NULL;

    words_add(&argv, "boxlite-allownet");
    words_add_all(&argv, (char *const *)process->arguments);
    for (char **variable = variables_all(); *variable != NULL; variable++) {
        if (is_kept(*variable)) {
            words_add(&environment, *variable);
        }
    }
    words_add_all(&environment, (char *const *)process->environment);
    if (argv.failed || environment.failed) {
        errno = ENOMEM;
    } else {
        output = child_run(&(struct child){.path = "/proc/self/exe",
                                           .argv = argv.list,
                                           .environment = environment.list,
                                           .patience_ms = PATIENCE_MS},
                           status);
    }
    free(argv.list);
    free(environment.list);
    return output;
}
