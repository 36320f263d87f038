/*
 * boxlite-allownet, the command. Exit status: of its own failures 125, of a command that cannot be
 * executed 126, of one that is not there 127 (as env(1) and chroot(1)); else the command's.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

enum cli_exit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_FAILED = 125,
    CLI_EXIT_NOT_EXECUTABLE = 126,
    CLI_EXIT_NOT_FOUND = 127
};

/* `run [--observe] [--] CMD ...`: starts CMD with the preload. Returns only if it cannot. `argv` is
   what follows "run", NULL-terminated. */
int cli_run(char **argv);

#endif
