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

/* Settings that come with the caller, in place of all that the environment says. */
struct launch_settings {
    struct words variables; /* "BOXLITE_ALLOWNET...=..."; borrowed */
    const char *left_out;   /* names in the environment that were not believed, to be told in the
                               box's log; "" for none */
};

/*
 * `[--lent N] [--argv0 NAME] -- PROGRAM [ARGUMENT...]`, NULL-terminated; may be written to. The
 * last N variables of the environment are for this command only. `settings` NULL: those of the
 * environment, unless it is foreign (shim/base/variables.h). Returns only if the start has failed:
 * the exit status, the reason on standard error.
 */
int launch_main(char **arguments, const struct launch_settings *settings);

#endif
