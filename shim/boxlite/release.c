#include "shim/boxlite/release.h"

#include <string.h>

/* Which revision of boxlite a published shim was built from, as its Go part says. */
static const struct {
    const char *revision;
    const char *release;
} builds[] = {
    {"8803834036205cf2cac5cfca98bb3875812c897a", "0.9.7"},
    {"006b953a560a8293b7b646288d9e4fd9c1cad00a", "0.10.0"},
    {"99704d4672ced447950e5f77b23ae322efb72e70", "0.10.3"},
};

const char *release_of_revision(const char *revision, size_t length)
{
    for (size_t i = 0; i < sizeof builds / sizeof builds[0]; i++) {
        const size_t whole = strlen(builds[i].revision);

        if (length >= whole && memcmp(revision, builds[i].revision, whole) == 0)
            return builds[i].release;
    }
    return NULL;
}

void release_of_path(const char *path, char *out, size_t size)
{
    const char *end = strrchr(path, '/');
    const char *name = end != NULL ? memrchr(path, '/', (size_t)(end - path)) : NULL;
    size_t length;

    out[0] = '\0';
    if (name == NULL || name[1] != 'v')
        return;
    name += 2;
    length = strspn(name, "0123456789.");
    if (length == 0 || name + length != end || length >= size)
        return;
    memcpy(out, name, length);
    out[length] = '\0';
}
