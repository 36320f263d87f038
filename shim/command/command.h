/*
 * The words of boxlite-allownet that have no folder of their own.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

/* The commands. Each gets its own name in argv[0], as main does, and returns the exit status
   (enum exit_status, shim/base/names.h), or USAGE_HELP. */

/* `run [--observe] [--] CMD ...`: starts CMD with the preload. Returns only if it cannot. */
int cli_run(int argc, char **argv);

/* `version [--json]`. */
int cli_version(int argc, char **argv);

#endif
