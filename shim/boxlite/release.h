/*
 * What tells one release of boxlite from another, in the bytes of its shim or bridge.
 */
#ifndef BOXLITE_RELEASE_H
#define BOXLITE_RELEASE_H

#include <stdbool.h>
#include <stddef.h>

/* The key under which a box's network stands in the configuration: up to 0.9.7, and from 0.10.0. A
   shim that knows the new one may know the old one as well; its boxlite writes the new. */
#define RELEASE_OLD_KEY "network_config"
#define RELEASE_NEW_KEY "network_backend_spec"

/* The releases that need the repair; of 0.8.x no shim was published. A test compares all three with
   the table. */
#define RELEASE_AFFECTED "0.8.0 to 0.10.2"

/* The first after them, which needs none. */
#define RELEASE_UNAFFECTED "0.10.3"

/* The newest that is known here. */
#define RELEASE_NEWEST "0.10.8"

/* A published release, a line of releases.def. All strings are constant. */
struct release {
    const char *name;     /* "0.9.7" */
    const char *revision; /* vcs.revision of the Go part of its shim, 40 hexadecimal digits */
    int create_arguments; /* that gvproxy_create takes: 1 or 2 */
    bool affected;        /* it needs the repair */
};

/* The release that was built from `revision`, the first `length` bytes of it; constant. NULL for a
   build that is not among the published ones. */
const struct release *release_of_revision(const char *revision, size_t length);

/* Writes the release into `out` if the file at `path` lies in a directory named vRELEASE, or from
   0.10.0 on vRELEASE-REVISION..., as boxlite names the one it unpacks its shim into
   (runtime/embedded.rs); else "". */
void release_of_path(const char *path, char *out, size_t size);

/* "0.9.7" is one release; "0.10" and "0.8.0 to 0.9.7" are several. */
bool release_is_one(const char *release);

#endif
