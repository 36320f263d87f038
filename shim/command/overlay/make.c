/* `boxlite-allownet overlay`: makes the directory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/names.h"
#include "shim/base/trust.h"
#include "shim/base/variables.h"
#include "shim/command/output/usage.h"
#include "shim/command/overlay/directory.h"
#include "shim/command/overlay/overlay.h"
#include "shim/command/overlay/search.h"
#include "shim/command/overlay/source.h"
#include "shim/command/overlay/trailer.h"
#include "shim/plan/settings.h"

#define VARIABLE    "BOXLITE_ALLOWNET"
#define OWN_FILE    "/proc/self/exe"
#define RUNTIME_DIR "BOXLITE_RUNTIME_DIR"

struct request {
    const char *directory;
    const char *shim; /* NULL: to be found */
};

/* EXIT_GOOD; or what to return, with a message if the command line is wrong. */
static int read_request(int argc, char **argv, struct request *out)
{
    const struct usage_option options[] = {{"shim", .values = &out->shim}, {0}};
    int status;

    *out = (struct request){0};
    status = usage_options("overlay", options, false, argc, argv);
    if (status != 0) {
        return status;
    }
    if (optind == argc) {
        usage_error("overlay", "there is no directory to make");
        return EXIT_FAILED;
    }
    if (optind + 1 < argc) {
        usage_error("overlay", "one directory at a time, not \"%s\" as well", argv[optind + 1]);
        return EXIT_FAILED;
    }
    out->directory = argv[optind];
    return EXIT_GOOD;
}

/* Whether the variable is a setting that an overlay has use for. */
static bool is_carried(const char *variable)
{
    static const char *const transient[] = {VARIABLE "_DETECT=", VARIABLE "_JAIL="};
    const char *behind = variable + strlen(VARIABLE);

    if (strncmp(variable, VARIABLE, strlen(VARIABLE)) != 0 || (*behind != '=' && *behind != '_')) {
        return false;
    }
    for (size_t i = 0; i < sizeof(transient) / sizeof(transient[0]); i++) {
        if (strncmp(variable, transient[i], strlen(transient[i])) == 0) {
            return false;
        }
    }
    return strchr(behind, '=') != NULL && strchr(behind, '=')[1] != '\0';
}

/* The settings in force; what is wrong with them would else show in every box. */
static bool take_settings(struct trailer *trailer)
{
    static struct settings settings;
    char *const *variables = variables_all();
    size_t count = 0;

    settings_read(variables, &settings);
    if (settings.fault[0] != '\0') {
        usage_complain("overlay", "%s", settings.fault);
        return false;
    }
    if (settings.doubt[0] != '\0') {
        usage_complain("overlay", "warning: %s", settings.doubt);
    }
    while (variables[count] != NULL) {
        count++;
    }
    trailer->settings = calloc(count + 1, sizeof(*trailer->settings));
    if (trailer->settings == NULL) {
        usage_complain("overlay", "out of memory");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_carried(variables[i])) {
            trailer->settings[trailer->setting_count++] = variables[i];
        }
    }
    return true;
}

/* Our own executable without a trailer: an overlay's command may have been copied out of it. */
static bool add_command(const struct directory *directory, const struct trailer *trailer)
{
    struct trailer own;
    const off_t size = trailer_read(OWN_FILE, &own) == TRAILER_READ ? own.begin : -1;
    size_t length;
    char *text = trailer_format(trailer, &length);
    bool done = false;

    trailer_clear(&own);
    if (text == NULL) {
        usage_complain("overlay", "out of memory");
    } else {
        done = directory_add(directory, DIRECTORY_COMMAND, OWN_FILE, size, text, length);
    }
    free(text);
    return done;
}

/*
 * A firmware beside the shim that somebody else has put there, in /tmp for one, would run in every
 * box. An overlay that is made anew is trusted already.
 */
static bool is_the_shims(const char *firmware, const char *shim)
{
    struct stat status;
    struct stat neighbour;

    if (stat(firmware, &status) != 0 || stat(shim, &neighbour) != 0) {
        usage_complain("overlay", "cannot read %s: %s", firmware, strerror(errno));
        return false;
    }
    if (!trust_neighbour(&status, &neighbour)) {
        usage_complain(
            "overlay",
            "%s belongs to a user who cannot change %s, or others can write to it: remove it, or "
            "put boxlite's own there",
            firmware, shim);
        return false;
    }
    return true;
}

static bool is_there(const char *directory, size_t length, char *path, size_t size)
{
    return snprintf(path, size, "%.*s/" DIRECTORY_FIRMWARE, (int)length, directory) < (int)size &&
           access(path, F_OK) == 0;
}

/* boxlite looks for the firmware beside the shim. An operator may have put it into an overlay. */
static bool add_firmware(const struct directory *directory, const struct source *source,
                         bool *present)
{
    const size_t length = (size_t)(strrchr(source->path, '/') - source->path);
    char path[PATH_MAX];

    *present = is_there(source->path, length, path, sizeof(path));
    if (*present && !is_the_shims(path, source->path)) {
        return false;
    }
    if (!*present && directory->replaces) {
        *present = is_there(directory->path, strlen(directory->path), path, sizeof(path));
    }
    return !*present || directory_add(directory, DIRECTORY_FIRMWARE, path, -1, NULL, 0);
}

/* Whether the list, as of PATH, has `element`. */
static bool is_listed(const char *list, const char *element)
{
    const size_t length = strlen(element);

    for (const char *end; *list != '\0'; list = *end == ':' ? end + 1 : end) {
        end = strchrnul(list, ':');
        if ((size_t)(end - list) == length && strncmp(list, element, length) == 0) {
            return true;
        }
    }
    return false;
}

/* The variable may be in use for something else, which stays behind ours. */
static void say_how_to_use_it(const char *directory)
{
    const char *others = variables_get(RUNTIME_DIR);

    if (others != NULL && (*others == '\0' || is_listed(others, directory))) {
        others = NULL;
    }
    printf("\nTo use it, set for the process that uses boxlite:\n  " RUNTIME_DIR "=%s%s%s\n",
           directory, others != NULL ? ":" : "", others != NULL ? others : "");
    if (others != NULL) {
        printf("To undo it, set " RUNTIME_DIR "=%s again, then:\n", others);
    } else {
        printf("To undo it, unset " RUNTIME_DIR " for that process, then:\n");
    }
    printf("  rm -r %s\n", directory);
}

static void say_what_was_made(const struct directory *directory, const struct source *source,
                              const struct trailer *trailer, bool firmware)
{
    printf("%s %s for boxlite %s, from %s\n", directory->replaces ? "Updated" : "Made",
           directory->path, source->release, source->path);
    for (size_t i = 0; i < trailer->setting_count; i++) {
        printf("%s %s\n", i == 0 ? "Settings in it:" : "               ", trailer->settings[i]);
    }
    if (!firmware) {
        printf(
            "There is no " DIRECTORY_FIRMWARE " beside that shim, so none is in %s. Put a "
            "copy of it there: jailed\nboxes, and all boxes of 0.10, look for it nowhere else.\n",
            directory->path);
    }
}

static bool fill(struct directory *directory, const struct source *source)
{
    struct trailer trailer = {.directory = directory->path,
                              .shim = DIRECTORY_SHIM,
                              .release = source->release,
                              .revision = source->revision,
                              .generation = source->generation};
    bool firmware = false;
    const bool done = take_settings(&trailer) &&
                      directory_add(directory, DIRECTORY_SHIM, source->path, -1, NULL, 0) &&
                      add_firmware(directory, source, &firmware) &&
                      add_command(directory, &trailer) && directory_commit(directory);

    if (done) {
        say_what_was_made(directory, source, &trailer, firmware);
        say_how_to_use_it(directory->path);
    }
    trailer_clear(&trailer);
    return done;
}

int overlay_main(int argc, char **argv)
{
    char found[PATH_MAX];
    struct directory directory;
    struct request request;
    struct source source;
    const int status = read_request(argc, argv, &request);
    bool done;

    if (status != EXIT_GOOD) {
        return status;
    }
    if (request.shim == NULL) {
        if (!search_shim(found, sizeof(found))) {
            return EXIT_FAILED;
        }
        request.shim = found;
    }
    if (!source_read(request.shim, &source)) {
        return EXIT_FAILED;
    }
    done = directory_begin(request.directory, &directory) && fill(&directory, &source);
    directory_end(&directory);
    return done ? 0 : EXIT_FAILED;
}
