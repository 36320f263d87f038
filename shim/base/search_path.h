/*
 * Lists of directories with colons between them, as PATH is one.
 */
#ifndef BASE_SEARCH_PATH_H
#define BASE_SEARCH_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* Takes the next element off the list. Empty elements, and such as do not fit into `size` bytes,
   are left out. False at its end; a NULL list is empty. */
bool search_path_next(const char **list, char *element, size_t size);

/*
 * The file that execvp(3) would execute for `name`: searched for in PATH, or in the system's
 * default path, unless there is a slash in it. False where there is none; execvp will say why.
 */
bool search_path_find(const char *name, char *path, size_t size);

#endif
