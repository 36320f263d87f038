/*
 * The real shim that an overlay is made of.
 */
#ifndef OVERLAY_SOURCE_H
#define OVERLAY_SOURCE_H

#include <limits.h>
#include <stdbool.h>

struct source {
    char path[PATH_MAX];    /* absolute, without links */
    char release[32];       /* such as "0.9.7", or a range of releases */
    char revision[64];      /* vcs.revision of its Go part; "" if it does not say */
    const char *generation; /* see trailer.h; constant */
};

/* Judges the file. False, the reason on standard error, if no overlay can or need be made of it. */
bool source_read(const char *path, struct source *out);

/* Whether the file is the boxlite-shim of an overlay. */
bool source_is_overlay(const char *path);

#endif
