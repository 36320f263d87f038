/* The table of releases, see releases.def, and what a path says of one. */
#include "shim/boxlite/release.h"

#include <string.h>

static const struct release releases[] = {
#define RELEASE(name, revision, go, arguments, affected) {name, revision, arguments, affected},
#include "shim/boxlite/releases.def"
#undef RELEASE
};

const struct release *release_of_revision(const char *revision, size_t length)
{
    for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
        const size_t whole = strlen(releases[i].revision);

        if (length >= whole && memcmp(revision, releases[i].revision, whole) == 0) {
            return &releases[i];
        }
    }
    return NULL;
}

void release_of_path(const char *path, char *out, size_t size)
{
    const char *end = strrchr(path, '/');
    const char *name = end != NULL ? memrchr(path, '/', (size_t)(end - path)) : NULL;
    size_t length;

    out[0] = '\0';
    if (name == NULL || name[1] != 'v') {
        return;
    }
    name += 2;
    length = strspn(name, "0123456789.");
    if (length == 0 || (name[length] != '/' && name[length] != '-') || length >= size) {
        return;
    }
    memcpy(out, name, length);
    out[length] = '\0';
}

bool release_is_one(const char *release)
{
    const char *dot = strchr(release, '.');

    return dot != NULL && strchr(dot + 1, '.') != NULL && strchr(release, ' ') == NULL;
}
