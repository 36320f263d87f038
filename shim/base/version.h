/*
 * Which build this is. Made from the sources at build time, so that it cannot go stale.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

/* Release number, such as "1.0.0"; constant. */
const char *version_number(void);

/* Revision of the sources, "+" behind it if they differed from it, "unknown" outside git; constant.
 */
const char *version_revision(void);

#endif
