/*
 * What to say on standard error: that something went wrong, or that the command was used wrongly.
 */
#ifndef OUTPUT_USAGE_H
#define OUTPUT_USAGE_H

#include <getopt.h>
#include <stddef.h>

/* What a command returns to have its help shown; no exit status. */
#define USAGE_HELP (-1)

/* One line, "boxlite-allownet COMMAND: TEXT", or without COMMAND where that is NULL. */
__attribute__((format(printf, 2, 3))) void usage_complain(const char *command, const char *format,
                                                          ...);

/* Likewise, and a second that points to `boxlite-allownet COMMAND --help`. `command` NULL: the
   command itself was not understood. */
__attribute__((format(printf, 2, 3))) void usage_error(const char *command, const char *format,
                                                       ...);

/* Says that `word` is no option of `command`, and names the one of `options` (ends with a zeroed
   entry, as for getopt_long(3)) that is nearest to it, if any is near. */
void usage_unknown_option(const char *command, const struct option *options, const char *word);

/*
 * Says what is wrong with the option at which getopt_long(3) has just returned `result`, '?' or ':'
 * (the second needs an optstring that begins with a colon, behind a "+" if there is one). `argv` is
 * what getopt_long was given.
 */
void usage_bad_option(const char *command, const struct option *options, char *const *argv,
                      int result);

/* The one of `count` candidates that `word` may have been meant to be: at most two letters (one
   for words below four) left out, added, changed or swapped, or all but the first three or more
   left out. NULL if none is that near. */
const char *usage_nearest(const char *word, const char *const *candidates, size_t count);

#endif
