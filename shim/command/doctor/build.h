/*
 * Which boxlite a file belongs to, told from its bytes alone; nothing of it is run.
 */
#ifndef DOCTOR_BUILD_H
#define DOCTOR_BUILD_H

#include "shim/command/doctor/facts.h"

enum build_status {
    BUILD_READ,
    BUILD_UNREADABLE, /* errno says why */
    BUILD_NO_ELF      /* a script, a text */
};

/*
 * Fills *out, zeroed by the caller, for the file at `path`; `shown` is its name for the reader. A
 * shim that loads its bridge is judged by the libgvproxy.so beside it.
 */
enum build_status build_read(const char *path, const char *shown, struct facts_build *out);

#endif
