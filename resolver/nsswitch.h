/*
 * The `hosts:` line of /etc/nsswitch.conf, in the two ways in which it is read: by libc, whose
 * services may know names that DNS does not, and by Go's net package, which gives up and leaves a
 * lookup to libc where it meets more than it can do.
 */
#ifndef RESOLVER_NSSWITCH_H
#define RESOLVER_NSSWITCH_H

#include <stdbool.h>
#include <stddef.h>

/* ---- libc's way ---- */

struct nsswitch {
    bool more;      /* a service besides files and dns may know names */
    bool dns_first; /* dns stands before files */
};

/* Reads the file; without it or its hosts line the answer is glibc's default, files before dns. */
void nsswitch_read(struct nsswitch *result);

/* Judges one line. Returns false, `result` untouched, if it is not a hosts line. */
bool nsswitch_parse_line(const char *line, struct nsswitch *result);

/* ---- Go's way (parseNSSConf in net/nss.go) ---- */

struct nsswitch_source {
    char *name;     /* such as "files"; what is between blanks, but a tab is none here */
    char *criteria; /* in their brackets, as written; NULL where there are none */
    /* They say what is the default anyway, or end the search where nothing was found. */
    bool standard;
};

struct nsswitch_sources {
    struct nsswitch_source *list; /* of all hosts lines; owned */
    size_t count;
    bool faulty; /* a line is not of the grammar: Go reads no further and trusts nothing of it */
    int error;   /* errno of opening the file, 0 if it is there */
};

/* Returns 0, ENOMEM, or the errno of a file that cannot be opened for want of descriptors.
   `sources` is to be cleared in any case. */
int nsswitch_sources_read(struct nsswitch_sources *sources);

/* The same of another file, such as a test's. */
int nsswitch_sources_read_path(struct nsswitch_sources *sources, const char *path);

void nsswitch_sources_clear(struct nsswitch_sources *sources);

/* Whether the service is one that Go does itself, whatever its criteria: files or dns. */
bool nsswitch_source_is_gos(const struct nsswitch_source *source);

/* Whether Go leaves every lookup to libc because the source is there, whatever the host
   (hostLookupOrder in net/conf.go, for Linux). */
bool nsswitch_source_needs_libc(const struct nsswitch_source *source);

#endif
