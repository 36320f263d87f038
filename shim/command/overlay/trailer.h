/*
 * What an overlay's boxlite-shim knows, behind the end of its own executable.
 *
 * Strings, each with its NUL: directory, name of the real shim, release, revision, generation, then
 * the settings; and a last line of fixed length, by which it is found:
 *
 *   boxlite-allownet overlay 2 LENGTH OF THE STRINGS, 16 HEXADECIMAL DIGITS
 */
#ifndef OVERLAY_TRAILER_H
#define OVERLAY_TRAILER_H

#include <stddef.h>
#include <sys/types.h>

struct trailer {
    const char *directory;  /* absolute, as boxlite is to be told it */
    const char *shim;       /* the real one's file name in there */
    const char *release;    /* what it was made for, to be shown */
    const char *revision;   /* vcs.revision of the real shim, by which it is known; "" for none */
    const char *generation; /* the key of boxlite's configuration that its shim reads */
    char **settings;        /* "BOXLITE_ALLOWNET...=...", NULL-terminated */
    size_t setting_count;
    off_t begin; /* where it begins in the file: the length of the executable itself */
    char *text;  /* owned, as is the list above; all strings point into it */
};

enum trailer_status {
    TRAILER_READ,
    TRAILER_ABSENT,    /* an executable without one */
    TRAILER_DAMAGED,   /* begun, but not as this build writes it */
    TRAILER_UNREADABLE /* errno says why */
};

/* Fills *out, to be freed with trailer_clear; empty unless TRAILER_READ. */
enum trailer_status trailer_read(const char *path, struct trailer *out);

/* The bytes to append, *length of them, the caller's to free; NULL when memory is short. Ignores
   `begin` and `text`. */
char *trailer_format(const struct trailer *trailer, size_t *length);

/* Takes a zeroed structure. */
void trailer_clear(struct trailer *trailer);

#endif
