/*
 * BOXLITE_ALLOWNET* from the environment, read once into one constant structure.
 */
#ifndef PLAN_SETTINGS_H
#define PLAN_SETTINGS_H

#include <limits.h>
#include <stdbool.h>

#include "resolver/resolver.h"
#include "shim/base/log.h"

enum settings_mode {
    SETTINGS_ON,
    SETTINGS_OBSERVE, /* decide and log, change nothing */
    SETTINGS_OFF
};

enum settings_static {
    SETTINGS_STATIC_ATTACH, /* a border that cannot be crossed ends the start */
    SETTINGS_STATIC_WARN    /* ... or is only warned about */
};

enum settings_wildcard {
    SETTINGS_WILDCARD_STRICT, /* a wildcard whose domain has no address is refused */
    SETTINGS_WILDCARD_LENIENT /* ... or its names do not exist in the box */
};

struct settings {
    enum settings_mode mode;
    struct resolver_options resolver; /* .servers points into this structure or is NULL */
    enum settings_wildcard wildcards;
    enum settings_static static_shims;
    enum log_level log_level;
    bool detect;
    char log_file[PATH_MAX]; /* "" for none */
    char servers[1024];      /* "" for the system's */

    /* What is wrong with the values given, all of it, each with its allowed range; "" if nothing.
       A create that needs the repair is then refused with this text. */
    char fault[1024];
    /* What was probably not meant, in sentences: a variable that is none, with the one that may
       have been meant, and a value that cannot help; "" if nothing. Nothing is refused for it. */
    char doubt[512];
};

/*
 * Reads `environment` (NULL-terminated "NAME=VALUE" strings, borrowed for the call; NULL for none).
 * An empty value counts as unset. A bad value leaves the default in place and is reported in
 * `fault`. No heap, no locks: fit for a constructor. *out must not be copied by assignment (inner
 * pointer).
 */
void settings_read(char *const *environment, struct settings *out);

/* Whether "NAME=VALUE" is a setting, or was probably meant to be one: what settings_read has to see
   on the other side of a border. Async-signal-safe. */
bool settings_concern(const char *variable);

/* "on", "observe" or "off"; constant. */
const char *settings_mode_name(enum settings_mode mode);

#endif
