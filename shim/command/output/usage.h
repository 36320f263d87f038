/*
 * What to say on standard error: that something went wrong, or that the command was used wrongly.
 */
#ifndef OUTPUT_USAGE_H
#define OUTPUT_USAGE_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

/* What a command returns to have its help shown; no exit status. */
#define USAGE_HELP (-1)

/* One line, "boxlite-allownet COMMAND: TEXT", or without COMMAND where that is NULL. Control
   characters in TEXT appear as \xNN. */
__attribute__((format(printf, 2, 3))) void usage_complain(const char *command, const char *format,
                                                          ...);

/* Likewise, and a second that points to `boxlite-allownet COMMAND --help`. `command` NULL: the
   command itself was not understood. */
__attribute__((format(printf, 2, 3))) void usage_error(const char *command, const char *format,
                                                       ...);

/* An option of a command: a flag, or one that takes a value. */
struct usage_option {
    const char *name;
    bool *flag;          /* set where it is given; NULL for an option with a value */
    const char **values; /* its last value; with `count` all of them, for which there is room */
    size_t *count;       /* or NULL */
};

/*
 * Reads the options of `command`: `options`, which end with a zeroed one, and --help. They may
 * stand anywhere or, with `in_front`, before the first argument only. Returns 0, and argv[optind]
 * is the first argument; USAGE_HELP; or EXIT_FAILED, with a message.
 */
int usage_options(const char *command, const struct usage_option *options, bool in_front, int argc,
                  char **argv);

/* Says that `word` is no option of `command`, and names the one of `options` that is nearest to it,
   if any is near. */
void usage_unknown_option(const char *command, const struct usage_option *options,
                          const char *word);

/* The one of `count` candidates that `word` may have been meant to be: at most two letters (one
   for words below four) left out, added, changed or swapped, or all but the first three or more
   left out. NULL if none is that near. */
const char *usage_nearest(const char *word, const char *const *candidates, size_t count);

#endif
