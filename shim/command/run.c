/* `boxlite-allownet run`: puts our object into LD_PRELOAD, and executes. */
#include "shim/base/variables.h"
#include "shim/command/command.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/home.h"
#include "shim/base/names.h"
#include "shim/base/search_path.h"
#include "shim/base/words.h"
#include "shim/command/output/usage.h"
#include "shim/command/target.h"
#include "shim/launch/launch.h"
#include "shim/plan/settings.h"

/* Ours first, since the first definition wins; the others are kept. */
static bool set_preload(const char *object)
{
    const char *others = variables_get("LD_PRELOAD");
    char *value = NULL;
    bool done;

    if (others == NULL || others[0] == '\0') {
        return setenv("LD_PRELOAD", object, 1) == 0;
    }
    if (asprintf(&value, "%s:%s", object, others) < 0) {
        return false;
    }
    done = setenv("LD_PRELOAD", value, 1) == 0;
    free(value);
    return done;
}

/* The shim itself is static: a preload that is only in its environment does nothing there, and
   there is none in this process to see it start. */
static bool is_shim(const char *path)
{
    return strchr(path, '/') != NULL && strcmp(basename(path), "boxlite-shim") == 0;
}

static int launch_shim(const char *path, char **argv)
{
    struct words words = {0};

    words_add(&words, "--argv0");
    words_add(&words, argv[0]);
    words_add(&words, "--");
    words_add(&words, path);
    words_add_all(&words, argv + 1);
    if (words.failed) {
        usage_complain("run", "out of memory");
        return EXIT_FAILED;
    }
    return launch_main(words.list, NULL);
}

static int start(char **argv, const char *object)
{
    char path[PATH_MAX];
    char text[2 * PATH_MAX + 512];
    const bool found = search_path_find(argv[0], path, sizeof(path));
    const char *fault;
    int error;

    if (is_shim(found ? path : argv[0])) {
        return launch_shim(found ? path : argv[0], argv);
    }
    fault = found ? target_fault(path, object, text, sizeof(text)) : NULL;
    if (fault != NULL) {
        usage_complain("run", "%s", fault);
        return EXIT_FAILED;
    }
    execvp(argv[0], argv);
    error = errno;
    usage_complain("run", "cannot run %s: %s", argv[0], strerror(error));
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* Said here, as the program may log to where nobody looks; its creates decide. */
static void warn_of_settings(void)
{
    static struct settings settings;

    settings_read(variables_all(), &settings);
    if (settings.doubt[0] != '\0') {
        usage_complain("run", "warning: %s", settings.doubt);
    }
    if (settings.fault[0] != '\0') {
        usage_complain("run", "warning: creates will be refused: %s", settings.fault);
    } else if (settings.mode == SETTINGS_OFF && !settings.detect) {
        usage_complain("run",
                       "warning: BOXLITE_ALLOWNET=off is set, so nothing is repaired: unset it");
    }
}

int cli_run(int argc, char **argv)
{
    bool observe = false;
    const struct usage_option options[] = {{"observe", .flag = &observe}, {0}};
    const int status = usage_options("run", options, true, argc, argv);
    char object[2 * PATH_MAX];
    const char *fault;

    if (status != 0) {
        return status;
    }
    if (optind == argc) {
        usage_error("run", "there is no command to run");
        return EXIT_FAILED;
    }
    fault = home_find(NAMES_OBJECT, object, sizeof(object));
    if (fault != NULL) {
        usage_complain("run", "%s", fault);
        return EXIT_FAILED;
    }
    if (!set_preload(object) || (observe && setenv("BOXLITE_ALLOWNET", "observe", 1) != 0)) {
        usage_complain("run", "cannot set the environment: %s", strerror(errno));
        return EXIT_FAILED;
    }
    warn_of_settings();
    return start(argv + optind, object);
}
