/*
 * Where the files of this installation lie: all in one directory, that of the running command.
 */
#ifndef BASE_HOME_H
#define BASE_HOME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the path of the running executable to `path`: what /proc/self/exe leads to, or has led
 * to where the file was replaced meanwhile; where there is no /proc, the absolute path by which it
 * was executed, unless that is the word of somebody with fewer privileges. False with errno, and
 * path "", if there is neither.
 */
bool home_command(char *path, size_t size);

/*
 * Writes the path of `name` beside the running executable to `path`. Returns NULL, or what keeps it
 * from being set as LD_PRELOAD, with the remedy: a constant text or one in `path`.
 */
const char *home_find(const char *name, char *path, size_t size);

#endif
