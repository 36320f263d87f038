/*
 * Answers from a file, in place of the resolver's.
 */
#ifndef EXPLAIN_ANSWERS_FILE_H
#define EXPLAIN_ANSWERS_FILE_H

#include "resolver/resolver.h"
#include "shim/plan/answers.h"

/*
 * Reads a file with a line for each host: its name, then its addresses, or one of the words
 * "nxdomain", "ipv6-only" and "fails"; "#" begins a comment. Only IPv6 addresses mean the same as
 * "ipv6-only". A name that the file lacks does not exist. Returns 0, or -1 with a message on
 * standard error; either way end with answers_clear.
 */
int answers_file_read(const char *path, const struct resolver_options *options,
                      struct answers *out);

#endif
