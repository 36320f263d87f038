/* Picks the variables that matter out of an environment. */
#include "shim/command/doctor/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/home.h"
#include "shim/base/names.h"
#include "shim/base/text_file.h"

/* What makes Go choose the C library's resolver (net/conf.go), or changes what is asked. */
static const char *const resolver_names[] = {
    "RES_OPTIONS=", "LOCALDOMAIN=", "HOSTALIASES=", "GODEBUG="};

/* ld.so(8): the list is divided at spaces and colons. */
static void find_object(const char *list, struct facts_environment *out)
{
    while (*list != '\0') {
        const size_t length = strcspn(list, " :");
        char element[PATH_MAX];

        if (length > 0 && length < sizeof(element)) {
            memcpy(element, list, length);
            element[length] = '\0';
            if (strcmp(basename(element), NAMES_OBJECT) == 0) {
                snprintf(out->preload, sizeof(out->preload), "%s", element);
                out->preload_missing = element[0] == '/' && access(element, F_OK) != 0;
                return;
            }
        }
        list += length;
        list += *list != '\0';
    }
}

static void copy_value(const char *variable, const char *name, char *out, size_t size)
{
    const size_t length = strlen(name);

    if (strncmp(variable, name, length) == 0) {
        snprintf(out, size, "%s", variable + length);
    }
}

static void note_resolver(const char *variable, struct words *words)
{
    for (size_t i = 0; i < sizeof(resolver_names) / sizeof(resolver_names[0]); i++) {
        if (strncmp(variable, resolver_names[i], strlen(resolver_names[i])) == 0 &&
            variable[strlen(resolver_names[i])] != '\0') {
            facts_say(words, "%s", variable);
        }
    }
}

void environment_read(char *const *list, struct facts_environment *out)
{
    static struct settings settings;

    out->known = true;
    for (char *const *variable = list; *variable != NULL; variable++) {
        if (strncmp(*variable, "LD_PRELOAD=", 11) == 0) {
            find_object(*variable + 11, out);
        }
        copy_value(*variable, "BOXLITE_RUNTIME_DIR=", out->runtime_dir, sizeof(out->runtime_dir));
        copy_value(*variable, "LD_LIBRARY_PATH=", out->library_path, sizeof(out->library_path));
        copy_value(*variable, "HOME=", out->home, sizeof(out->home));
        note_resolver(*variable, &out->resolver);
    }
    settings_read(list, &settings);
    out->mode = settings.mode;
    out->static_shims = settings.static_shims;
    out->log_level = settings.log_level;
    snprintf(out->fault, sizeof(out->fault), "%s", settings.fault);
    snprintf(out->doubt, sizeof(out->doubt), "%s", settings.doubt);
}

void environment_of_process(pid_t pid, struct facts_environment *out)
{
    size_t length = 0;
    char *text = text_file_of_process(pid, "environ", &length);
    struct words list = {0};

    if (text == NULL) {
        return;
    }
    words_add_text(&list, text, length);
    if (!list.failed) {
        char *none = NULL;

        environment_read(list.list != NULL ? list.list : &none, out);
    }
    free(list.list);
    free(text);
}

const char *environment_mode(const struct facts_environment *environment)
{
    static const char *const modes[] = {[SETTINGS_ON] = "mode on",
                                        [SETTINGS_OBSERVE] = "mode observe",
                                        [SETTINGS_OFF] = "mode off"};

    if (!environment->known) {
        return "mode unknown";
    }
    return environment->fault[0] != '\0' ? "which refuses creates" : modes[environment->mode];
}
