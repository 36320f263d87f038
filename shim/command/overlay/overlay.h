/*
 * The overlay: a directory for boxlite's own BOXLITE_RUNTIME_DIR, for parents that LD_PRELOAD
 * cannot enter. In it `boxlite-shim` is a copy of this command, which starts the real shim beside
 * it as launch does. What it needs to know it carries behind its own end (trailer.h), because
 * inside boxlite's jail there is no environment, and of the directory only its path.
 */
#ifndef OVERLAY_OVERLAY_H
#define OVERLAY_OVERLAY_H

#include <stdbool.h>

/* `overlay DIR [--shim PATH]`: makes the directory, or an earlier one anew. Gets its own name in
   argv[0]; returns the exit status, or USAGE_HELP. */
int overlay_main(int argc, char **argv);

/* Whether this process was started as boxlite-shim. */
bool overlay_is_meant(const char *argv0);

/* Stands for the shim with its arguments. Returns only if the start has failed: the exit status,
   the reason on standard error. */
int overlay_start(char **argv);

#endif
