/* Goes through a list of directories, and finds a program in that of PATH. */
#include "shim/base/search_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/variables.h"

bool search_path_next(const char **list, char *element, size_t size)
{
    while (*list != NULL && **list != '\0') {
        const char *const begin = *list;
        const size_t length = strcspn(begin, ":");

        *list = begin + length + (begin[length] == ':');
        if (length > 0 && length < size) {
            memcpy(element, begin, length);
            element[length] = '\0';
            return true;
        }
    }
    return false;
}

static bool is_program(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

bool search_path_find(const char *name, char *path, size_t size)
{
    const char *list = variables_get("PATH");

    if (strchr(name, '/') != NULL) {
        return snprintf(path, size, "%s", name) < (int)size && is_program(path);
    }
    if (list == NULL) {
        list = "/bin:/usr/bin"; /* confstr(_CS_PATH), glibc's execvp */
    }
    for (const char *end;; list = end + 1) {
        end = strchrnul(list, ':');
        /* An empty element is the current directory. */
        if (snprintf(path, size, "%.*s%s%s", (int)(end - list), list, end > list ? "/" : "./",
                     name) < (int)size &&
            is_program(path)) {
            return true;
        }
        if (*end == '\0') {
            return false;
        }
    }
}
