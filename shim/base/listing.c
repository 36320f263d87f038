/* Lists a directory by scandir(3) and fnmatch(3). */
#include "shim/base/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct words listing_read(const char *directory, const char *pattern, const char *below)
{
    struct words paths = {0};
    struct dirent **entries = NULL;
    const int count = scandir(directory, &entries, NULL, alphasort);

    paths.failed = count < 0 && errno == ENOMEM;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        char path[PATH_MAX];

        if (fnmatch(pattern, name, FNM_PERIOD) == 0 &&
            snprintf(path, sizeof(path), "%s/%s%s", directory, name, below) < (int)sizeof(path) &&
            access(path, F_OK) == 0) {
            words_take(&paths, strdup(path));
        }
        free(entries[i]);
    }
    free(entries);
    return paths;
}
