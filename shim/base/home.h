/*
 * Where the files of this installation lie: all in one directory, that of the running command.
 */
#ifndef BASE_HOME_H
#define BASE_HOME_H

#include <stddef.h>

/*
 * Writes the path of `name` beside the running executable to `path`. Returns NULL, or what keeps it
 * from being set as LD_PRELOAD, with the remedy: a constant text or one in `path`.
 */
const char *home_find(const char *name, char *path, size_t size);

#endif
