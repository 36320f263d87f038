/*
 * `boxlite-allownet resolve`: hosts, looked up as a create would.
 */
#ifndef RESOLVE_RESOLVE_H
#define RESOLVE_RESOLVE_H

/* `resolve [--config FILE | HOST ...] [--json]`: looks hosts up as a create would. Gets its own
   name in argv[0]; returns the exit status, or USAGE_HELP. */
int cli_resolve(int argc, char **argv);

#endif
