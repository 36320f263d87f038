/* Goes through the directories where boxlite unpacks its shim. */
#include "shim/command/overlay/search.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/listing.h"
#include "shim/base/variables.h"
#include "shim/command/output/usage.h"
#include "shim/command/overlay/source.h"

#define UNPACKED "/.local/share/boxlite/runtimes"

static bool search_list(const char *variable, char *path, size_t size)
{
    const char *list = variables_get(variable);

    while (list != NULL && *list != '\0') {
        const char *end = strchrnul(list, ':');
        const int length = (int)(end - list);

        if (length > 0 && snprintf(path, size, "%.*s/boxlite-shim", length, list) < (int)size &&
            access(path, F_OK) == 0 && !source_is_overlay(path)) {
            return true;
        }
        list = *end == ':' ? end + 1 : end;
    }
    return false;
}

/* The only one of the list; it is shown where there are several. */
static bool take_only(char *const *paths, size_t count, char *path, size_t size)
{
    if (count == 1) {
        return snprintf(path, size, "%s", paths[0]) < (int)size;
    }
    usage_complain("overlay", "boxlite has unpacked several releases; add the one that is in use:");
    for (size_t i = 0; i < count; i++) {
        fprintf(stderr, "  --shim %s\n", paths[i]);
    }
    return false;
}

bool search_shim(char *path, size_t size)
{
    const char *home = variables_get("HOME");
    char directory[PATH_MAX];
    struct words unpacked;
    bool found;

    if (search_list("BOXLITE_RUNTIME_DIR", path, size)) {
        return true;
    }
    snprintf(directory, sizeof(directory), "%s" UNPACKED, home != NULL ? home : "");
    unpacked = listing_read(directory, "v*", "/boxlite-shim");
    if (unpacked.count > 0) {
        found = take_only(unpacked.list, unpacked.count, path, size);
        words_clear(&unpacked);
        return found;
    }
    words_clear(&unpacked);
    if (search_list("LD_LIBRARY_PATH", path, size)) {
        return true;
    }
    usage_complain("overlay",
                   "there is no boxlite-shim in BOXLITE_RUNTIME_DIR, as %s/v*/boxlite-shim, or in "
                   "LD_LIBRARY_PATH: start a box once, which unpacks it, or name it with --shim "
                   "PATH",
                   directory);
    return false;
}
