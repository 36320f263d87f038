#include "shim/cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/launch/launch.h"

#define OBJECT "libboxlite_allownet.so"

/* The preload lies beside this command. False, and a message, if it cannot be used. */
static bool find_object(char *path, size_t size)
{
    const ssize_t length = readlink("/proc/self/exe", path, size - sizeof OBJECT);
    char *slash;

    if (length < 0) {
        fprintf(stderr, "boxlite-allownet: cannot read /proc/self/exe: %s; mount /proc\n",
                strerror(errno));
        return false;
    }
    path[length] = '\0';
    slash = strrchr(path, '/');
    memcpy(slash + 1, OBJECT, sizeof OBJECT);
    /* ld.so(8): LD_PRELOAD is split at spaces and colons, and there is no way to quote one. */
    if (strpbrk(path, " :") != NULL) {
        fprintf(stderr,
                "boxlite-allownet: \"%s\" holds a space or a colon, which LD_PRELOAD cannot; move "
                "it to a directory without\n",
                path);
        return false;
    }
    if (access(path, R_OK) != 0) {
        fprintf(stderr, "boxlite-allownet: cannot read %s: %s; it belongs beside this command\n",
                path, strerror(errno));
        return false;
    }
    return true;
}

/* Ours first, since the first definition wins; the others are kept. */
static bool set_preload(const char *object)
{
    const char *others = getenv("LD_PRELOAD");
    char *value = NULL;
    bool done;

    if (others == NULL || others[0] == '\0')
        return setenv("LD_PRELOAD", object, 1) == 0;
    if (asprintf(&value, "%s:%s", object, others) < 0)
        return false;
    done = setenv("LD_PRELOAD", value, 1) == 0;
    free(value);
    return done;
}

/* The shim itself is static: a preload that is only in its environment does nothing there, and
   there is none in this process to see it start. */
static bool is_shim(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && strcmp(slash + 1, "boxlite-shim") == 0;
}

static int launch_shim(char **argv)
{
    char **words;
    size_t count = 0;

    while (argv[count] != NULL)
        count++;
    words = calloc(count + 2, sizeof *words);
    if (words == NULL) {
        fputs("boxlite-allownet: out of memory\n", stderr);
        return CLI_EXIT_FAILED;
    }
    words[0] = (char *)"--";
    memcpy(words + 1, argv, count * sizeof *words);
    return launch_main(words);
}

int cli_run(char **argv)
{
    char object[PATH_MAX];
    bool observe = false;

    for (; argv[0] != NULL && argv[0][0] == '-'; argv++) {
        if (strcmp(argv[0], "--") == 0) {
            argv++;
            break;
        }
        if (strcmp(argv[0], "--observe") != 0) {
            fprintf(stderr, "boxlite-allownet: run knows no option \"%s\", only --observe\n",
                    argv[0]);
            return CLI_EXIT_FAILED;
        }
        observe = true;
    }
    if (argv[0] == NULL) {
        fputs("boxlite-allownet: run needs a command: boxlite-allownet run -- COMMAND\n", stderr);
        return CLI_EXIT_FAILED;
    }
    if (!find_object(object, sizeof object))
        return CLI_EXIT_FAILED;
    if (!set_preload(object) || (observe && setenv("BOXLITE_ALLOWNET", "observe", 1) != 0)) {
        fprintf(stderr, "boxlite-allownet: cannot set the environment: %s\n", strerror(errno));
        return CLI_EXIT_FAILED;
    }
    if (is_shim(argv[0]))
        return launch_shim(argv);
    execvp(argv[0], argv);
    fprintf(stderr, "boxlite-allownet: cannot run %s: %s\n", argv[0], strerror(errno));
    return errno == ENOENT ? CLI_EXIT_NOT_FOUND : CLI_EXIT_NOT_EXECUTABLE;
}
