/*
 * Where the files of this installation lie: all in one directory, that of the running command.
 */
#ifndef SHIM_HOME_H
#define SHIM_HOME_H

#include <stddef.h>

/* The preload's file name, and that of the bridge for the self-test. */
#define HOME_OBJECT          "libboxlite_allownet.so"
#define HOME_SELFTEST_BRIDGE "libboxlite_allownet_selftest.so"

/*
 * Writes the path of `name` beside the running executable to `path`. Returns NULL, or what keeps it
 * from being set as LD_PRELOAD, with the remedy: a constant text or one in `path`.
 */
const char *home_find(const char *name, char *path, size_t size);

#endif
