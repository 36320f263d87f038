/*
 * What to say to somebody who used the command wrongly.
 */
#ifndef OUTPUT_USAGE_H
#define OUTPUT_USAGE_H

#include <getopt.h>
#include <stddef.h>

/* One line on standard error, "boxlite-allownet COMMAND: TEXT", and a second that points to
   `boxlite-allownet COMMAND --help`. `command` NULL: the command itself was not understood. */
__attribute__((format(printf, 2, 3))) void usage_error(const char *command, const char *format,
                                                       ...);

/* Says that `word` is no option of `command`, and names the one of `options` (ends with a zeroed
   entry, as for getopt_long(3)) that is nearest to it, if any is near. */
void usage_unknown_option(const char *command, const struct option *options, const char *word);

/* The one of `count` candidates that `word` may have been meant to be: at most two letters (one
   for words below four) left out, added, changed or swapped. NULL if none is that near. */
const char *usage_nearest(const char *word, const char *const *candidates, size_t count);

#endif
