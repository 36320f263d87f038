/*
 * boxlite-allownet, the command. Exit status: of its own failures 125, of a command that cannot be
 * executed 126, of one that is not there 127 (as env(1) and chroot(1)); else the command's.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

enum cli_exit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_BAD = 1, /* resolve: a create would be refused */
    CLI_EXIT_FAILED = 125,
    CLI_EXIT_NOT_EXECUTABLE = 126,
    CLI_EXIT_NOT_FOUND = 127
};

/* The commands. Each gets its own name in argv[0], as main does, and returns the exit status, or
   USAGE_HELP. */

/* `run [--observe] [--] CMD ...`: starts CMD with the preload. Returns only if it cannot. */
int cli_run(int argc, char **argv);

/* `resolve [--config FILE | HOST ...] [--json]`: looks hosts up as a create would. */
int cli_resolve(int argc, char **argv);

/* `version [--json]`. */
int cli_version(int argc, char **argv);

#endif
