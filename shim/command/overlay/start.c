/*
 * From here on it is launch's work: the real shim is named to it, and the settings are given to it.
 * The configuration is read once before, since a mismatch has to be told before a shim that cannot
 * understand it starts.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/home.h"
#include "shim/base/names.h"
#include "shim/base/search_path.h"
#include "shim/base/trust.h"
#include "shim/base/variables.h"
#include "shim/base/words.h"
#include "shim/boxlite/release.h"
#include "shim/command/overlay/complain.h"
#include "shim/command/overlay/directory.h"
#include "shim/command/overlay/overlay.h"
#include "shim/command/overlay/trailer.h"
#include "shim/launch/launch.h"

#define OWN_FILE "/proc/self/exe"
#define VARIABLE "BOXLITE_ALLOWNET"

bool overlay_is_meant(const char *argv0)
{
    return argv0 != NULL && strcmp(basename(argv0), DIRECTORY_COMMAND) == 0;
}

/* A configuration that cannot be read is for the shim to reject. */
static bool is_of_another_generation(const struct spec *spec, const char *own)
{
    return strcmp(own, RELEASE_OLD_KEY) == 0 ? spec->new_key && !spec->old_key
                                             : spec->old_key && !spec->new_key;
}

/*
 * What names a file or a server is believed only where the overlay's maker has set it. A program
 * that has taken its privileges for good (setuid(2) after a set-user-ID start) hands its caller's
 * variables on to a shim that cannot tell: with another's BOXLITE_ALLOWNET_LOG_FILE it would write
 * to any file. The switch and the numbers can at worst undo the repair, or make it slow.
 */
static bool is_for_the_maker(const char *variable)
{
    static const char *const names[] = {VARIABLE "_LOG_FILE=", VARIABLE "_SERVERS="};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncmp(variable, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Of the environment: what counts goes to `settings`, the names of the rest to `left_out`, which is
   cut where it is too short. */
static void take_environment(struct words *settings, char *left_out, size_t size)
{
    size_t used = 0;

    left_out[0] = '\0';
    for (char **variable = variables_all(); *variable != NULL; variable++) {
        const char *equals = strchr(*variable, '=');

        if (strncmp(*variable, VARIABLE, strlen(VARIABLE)) != 0 || equals == NULL) {
            continue;
        }
        if (!is_for_the_maker(*variable)) {
            words_add(settings, *variable);
        } else if (equals[1] != '\0' && used < size) {
            used += (size_t)snprintf(left_out + used, size - used, "%s%.*s", used > 0 ? " " : "",
                                     (int)(equals - *variable), *variable);
        }
    }
}

static bool has(const struct words *settings, const char *setting)
{
    const size_t length = (size_t)(strchr(setting, '=') + 1 - setting);

    for (size_t i = 0; i < settings->count; i++) {
        if (strncmp(settings->list[i], setting, length) == 0) {
            return true;
        }
    }
    return false;
}

static int launch(const struct trailer *trailer, struct launch_config *config, const char *shim,
                  char **argv)
{
    struct launch_settings settings = {0};
    struct words words = {0};
    char left_out[128];

    take_environment(&settings.variables, left_out, sizeof(left_out));
    settings.left_out = left_out;
    /* The switch and the numbers of the environment have the last word. */
    for (size_t i = 0; i < trailer->setting_count; i++) {
        if (!has(&settings.variables, trailer->settings[i])) {
            words_add(&settings.variables, trailer->settings[i]);
        }
    }
    words_add(&words, "--argv0");
    words_add(&words, argv[0]);
    words_add(&words, "--");
    words_add(&words, shim);
    words_add_all(&words, argv + 1);
    if (words.failed || settings.variables.failed) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    settings.config = *config;
    *config = (struct launch_config){0};
    return launch_main(words.list, &settings);
}

/*
 * The release of the boxlite that starts us, where the process shows it: without a jail it has the
 * directory that boxlite unpacks its own shim into, first of all that are named so (boxlite's
 * vmm/controller/spawn.rs). "" if it cannot be told.
 */
static void find_release(char *out, size_t size)
{
    const char *list = variables_get("LD_LIBRARY_PATH");
    char directory[PATH_MAX];
    char path[sizeof(directory) + sizeof(DIRECTORY_COMMAND)];

    out[0] = '\0';
    while (out[0] == '\0' && search_path_next(&list, directory, sizeof(directory))) {
        snprintf(path, sizeof(path), "%s/" DIRECTORY_COMMAND, directory);
        release_of_path(path, out, size);
    }
}

/* False, and a message, if the overlay is not for the boxlite that starts us, or not only root's
   and this user's. */
static bool is_fit(const struct trailer *trailer, const char *shim)
{
    char release[32];
    char text[PATH_MAX + 128];
    const char *fault = trust_fault(shim, text, sizeof(text));

    if (fault != NULL) {
        complain("%s, and nobody else may be able to change what an overlay starts; run overlay "
                 "again for another directory or unset BOXLITE_RUNTIME_DIR",
                 fault);
        return false;
    }
    find_release(release, sizeof(release));
    if (release[0] != '\0' && release_is_one(trailer->release) &&
        strcmp(release, trailer->release) != 0) {
        complain("overlay made for %s, but it is boxlite %s that starts it; run overlay again or "
                 "unset BOXLITE_RUNTIME_DIR",
                 trailer->release, release);
        return false;
    }
    return true;
}

static int start(const struct trailer *trailer, struct launch_config *config, char **argv)
{
    char shim[PATH_MAX];

    if (is_of_another_generation(&config->spec, trailer->generation)) {
        complain("overlay made for %s; run overlay again or unset BOXLITE_RUNTIME_DIR",
                 trailer->release);
        return EXIT_FAILED;
    }
    snprintf(shim, sizeof(shim), "%s/%s", trailer->directory, trailer->shim);
    if (access(shim, X_OK) != 0) {
        complain("cannot start %s: %s; the overlay was made as %s: put it there again and set "
                 "BOXLITE_RUNTIME_DIR to that, or run boxlite-allownet overlay again",
                 shim, strerror(errno), trailer->directory);
        return EXIT_FAILED;
    }
    if (!is_fit(trailer, shim)) {
        return EXIT_FAILED;
    }
    return launch(trailer, config, shim, argv);
}

int overlay_start(char **argv)
{
    struct launch_config config;
    char command[PATH_MAX];
    struct trailer trailer;
    const enum trailer_status trailed =
        trailer_read(home_command(command, sizeof(command)) ? command : OWN_FILE, &trailer);
    int error = errno;
    int status = EXIT_FAILED;

    /* To its end before any error: a parent whose pipe breaks reports that and not our text. */
    if (launch_config_read(&config) != 0) {
        error = errno;
        config_bytes_drain();
        complain("cannot read the box's configuration from standard input: %s", strerror(error));
    } else if (trailed != TRAILER_READ) {
        complain("cannot read what this boxlite-shim is to start: %s; run boxlite-allownet overlay "
                 "again or unset BOXLITE_RUNTIME_DIR",
                 trailed == TRAILER_UNREADABLE ? strerror(error)
                                               : "it is no overlay, or a damaged one");
    } else {
        status = start(&trailer, &config, argv);
    }
    launch_config_clear(&config);
    trailer_clear(&trailer);
    return status;
}
