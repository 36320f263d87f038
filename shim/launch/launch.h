/*
 * `boxlite-allownet launch`: stands where boxlite-shim, or the bwrap around it, was about to start.
 *
 * Same process, same descriptors. It sees the host as boxlite does: reads the box's configuration
 * from standard input, resolves the names in it, and puts `attach` in front of the shim, with the
 * answers. Then it executes what it was started for; nothing of it is left.
 */
#ifndef LAUNCH_LAUNCH_H
#define LAUNCH_LAUNCH_H

#include "shim/base/words.h"
#include "shim/boxlite/spec.h"
#include "shim/launch/config_bytes.h"

/* The box's configuration, and what it says about names. */
struct launch_config {
    struct config_bytes bytes;
    enum spec_status status;
    struct spec spec;
};

/* Reads standard input to its end. Returns 0, or -1 with errno; either way the caller ends it with
   launch_config_clear. */
int launch_config_read(struct launch_config *out);

/* Wipes and frees. Takes a zeroed one, and one whose rules were taken. */
void launch_config_clear(struct launch_config *config);

/* What a caller that has read standard input already knows, in place of all that the environment
   says. */
struct launch_settings {
    struct launch_config config; /* taken over */
    struct words variables;      /* "BOXLITE_ALLOWNET...=..."; borrowed */
    const char *left_out; /* names in the environment that were not believed, to be told in the
                             box's log; "" for none */
};

/*
 * `[--lent N] [--argv0 NAME] -- PROGRAM [ARGUMENT...]`, NULL-terminated; may be written to. The
 * last N variables of the environment are for this command only. `settings` NULL: standard input is
 * read, and the settings are those of the environment, unless it is foreign
 * (shim/base/variables.h). Returns only if the start has failed: the exit status, the reason on
 * standard error.
 */
int launch_main(char **arguments, const struct launch_settings *settings);

#endif
