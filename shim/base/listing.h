/*
 * What is in a directory.
 */
#ifndef BASE_LISTING_H
#define BASE_LISTING_H

#include "shim/base/words.h"

/*
 * The paths "DIRECTORY/NAMEbelow" that exist, of each name in the directory that matches `pattern`
 * (fnmatch(3); a dot at the beginning is matched by a dot alone), in alphabetical order; none where
 * it cannot be read, and no path of PATH_MAX bytes or more. Where memory is short some are missing,
 * which `failed` says. The caller ends the list with words_clear.
 *
 * glob(3) would take a pattern in the directory's own name as well, and up to glibc 2.36 at least
 * it frees twice where memory is short (prefix_array in posix/glob.c).
 */
struct words listing_read(const char *directory, const char *pattern, const char *below);

#endif
