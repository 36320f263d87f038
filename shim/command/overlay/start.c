/*
 * From here on it is launch's work: the real shim is named to it, and the settings are lent, for
 * itself only. The configuration is read once before, since a mismatch has to be told before a shim
 * that cannot understand it starts.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/names.h"
#include "shim/base/words.h"
#include "shim/command/overlay/complain.h"
#include "shim/command/overlay/directory.h"
#include "shim/command/overlay/overlay.h"
#include "shim/command/overlay/trailer.h"
#include "shim/launch/config_bytes.h"
#include "shim/launch/launch.h"
#include "zones/json.h"

#define OWN_FILE "/proc/self/exe"

/* The keys under which a box's network stands, one for each generation. */
static const char *const generations[] = {"network_config", "network_backend_spec"};

bool overlay_is_meant(const char *argv0)
{
    const char *slash = argv0 != NULL ? strrchr(argv0, '/') : NULL;
    const char *name = slash != NULL ? slash + 1 : argv0;

    return name != NULL && strcmp(name, DIRECTORY_COMMAND) == 0;
}

static bool has_key(const struct json *document, const char *name)
{
    if (json_kind(document, 0) != JSON_OBJECT)
        return false;
    for (size_t key = json_first(document, 0); key != JSON_NONE; key = json_next(document, key)) {
        if (json_key_is(document, key, name))
            return true;
    }
    return false;
}

/* A configuration that cannot be read is for the shim to reject. */
static bool is_of_another_generation(const struct config_bytes *config, const char *own)
{
    struct json *document = NULL;
    bool another = false;

    if (json_read(config->bytes, config->length, &document) != JSON_OK)
        return false;
    for (size_t i = 0; i < sizeof generations / sizeof generations[0]; i++) {
        if (strcmp(generations[i], own) != 0)
            another = another || has_key(document, generations[i]);
    }
    another = another && !has_key(document, own);
    json_free(document);
    return another;
}

static bool is_set(const char *setting)
{
    const size_t length = (size_t)(strchr(setting, '=') + 1 - setting);

    for (char **variable = environ; *variable != NULL; variable++) {
        if (strncmp(*variable, setting, length) == 0)
            return true;
    }
    return false;
}

/* The settings carried go behind the environment, which has the last word. Number of them. */
static size_t add_settings(struct words *environment, const struct trailer *trailer)
{
    size_t lent = 0;

    words_add_all(environment, environ);
    for (size_t i = 0; i < trailer->setting_count; i++) {
        if (!is_set(trailer->settings[i])) {
            words_add(environment, trailer->settings[i]);
            lent++;
        }
    }
    return lent;
}

static int launch(const struct trailer *trailer, const char *shim, char **argv)
{
    struct words environment = {0};
    struct words words = {0};
    char lent[24];

    snprintf(lent, sizeof lent, "%zu", add_settings(&environment, trailer));
    words_add(&words, "--lent");
    words_add(&words, lent);
    words_add(&words, "--argv0");
    words_add(&words, argv[0]);
    words_add(&words, "--");
    words_add(&words, shim);
    words_add_all(&words, argv + 1);
    if (words.failed || environment.failed) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    if (environment.list != NULL)
        environ = environment.list;
    return launch_main(words.list);
}

static int start(const struct trailer *trailer, const struct config_bytes *config, char **argv)
{
    char shim[PATH_MAX];

    if (is_of_another_generation(config, trailer->generation)) {
        complain("overlay made for %s; run overlay again or unset BOXLITE_RUNTIME_DIR",
                 trailer->release);
        return EXIT_FAILED;
    }
    snprintf(shim, sizeof shim, "%s/%s", trailer->directory, trailer->shim);
    if (access(shim, X_OK) != 0) {
        complain("cannot see %s: %s; set BOXLITE_RUNTIME_DIR to %s, where the overlay was made, or "
                 "run overlay again",
                 shim, strerror(errno), trailer->directory);
        return EXIT_FAILED;
    }
    if (config_bytes_hand_on(config, false) != 0) {
        complain("cannot hand on the configuration: %s", strerror(errno));
        return EXIT_FAILED;
    }
    return launch(trailer, shim, argv);
}

int overlay_start(char **argv)
{
    struct config_bytes config;
    struct trailer trailer;
    const enum trailer_status trailed = trailer_read(OWN_FILE, &trailer);
    int error = errno;
    int status = EXIT_FAILED;

    /* To its end before any error: a parent whose pipe breaks reports that and not our text. */
    if (config_bytes_read(&config) != 0) {
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
    config_bytes_clear(&config);
    trailer_clear(&trailer);
    return status;
}
