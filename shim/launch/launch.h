/*
 * `boxlite-allownet launch`: stands where boxlite-shim, or the bwrap around it, was about to start.
 *
 * Same process, same descriptors. It sees the host as boxlite does: reads the box's configuration
 * from standard input, resolves the names in it, and puts `attach` in front of the shim, with the
 * answers. Then it executes what it was started for; nothing of it is left.
 */
#ifndef LAUNCH_LAUNCH_H
#define LAUNCH_LAUNCH_H

/*
 * `[--lent N] [--argv0 NAME] -- PROGRAM [ARGUMENT...]`, NULL-terminated; may be written to. The
 * last N variables of the environment are for this command only. Returns only if the start has
 * failed: the exit status, the reason on standard error.
 */
int launch_main(char **arguments);

#endif
