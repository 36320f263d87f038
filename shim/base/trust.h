/*
 * Whether what lies under a path is what root or this process's own user put there: nobody else can
 * change the file, or put another in its place. As sshd's StrictModes has it, sshd_config(5).
 */
#ifndef BASE_TRUST_H
#define BASE_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/*
 * Judges every component of `path`, absolute and without links. Each has to belong to root or the
 * effective user, and nobody else may write to it: not everybody, and no group but root's and an
 * ordinary user's own. A directory such as /tmp, in which everybody can make files and only their
 * owners remove them (the sticky bit), does on the way, but not as the last component. In a user
 * namespace that owners outside of it cannot be told apart in, these count as root.
 *
 * Returns NULL if it is so, or what is wrong, written to `text`. Each component is opened relative
 * to the one before, without following links: what was judged is what is there, and stays there,
 * since only those who are trusted can change it. No heap.
 */
const char *trust_fault(const char *path, char *text, size_t size);

/* Likewise the components above the last one, which need not be there: a directory such as /tmp
   does as the one above. */
const char *trust_fault_above(const char *path, char *text, size_t size);

/*
 * Likewise for a single file next to one that is trusted already, with `status` of it and of its
 * `neighbour`: who owns that one may own this one, since he could have changed that one as well.
 * Async-signal-safe.
 */
bool trust_neighbour(const struct stat *status, const struct stat *neighbour);

#endif
