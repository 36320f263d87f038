/* Reads the metadata of Python and npm packages beside a library. */
#include "shim/command/doctor/package.h"

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/listing.h"
#include "shim/base/text_file.h"

static bool read_npm(const char *directory, char *out, size_t size)
{
    char path[PATH_MAX];
    char *text;
    size_t length;
    json_t *package;
    const char *version;

    if (snprintf(path, sizeof(path), "%s/package.json", directory) >= (int)sizeof(path)) {
        return false;
    }
    text = text_file_read(path, &length);
    package = text != NULL ? json_loadb(text, length, 0, NULL) : NULL;
    version = json_string_value(json_object_get(package, "version"));
    if (version != NULL) {
        snprintf(out, size, "npm %s", version);
    }
    json_decref(package);
    free(text);
    return version != NULL;
}

/* Installed beside the package's directory, as site-packages/boxlite-0.9.7.dist-info. */
static bool read_python(const char *directory, char *out, size_t size)
{
    char beside[PATH_MAX + sizeof("/..")];
    struct words matches;
    bool found = false;

    snprintf(beside, sizeof(beside), "%s/..", directory);
    matches = listing_read(beside, "boxlite-*.dist-info", "/METADATA");
    for (size_t i = 0; i < matches.count && !found; i++) {
        char *text = text_file_read(matches.list[i], NULL);
        const char *version = text != NULL ? strstr(text, "\nVersion: ") : NULL;

        found = version != NULL;
        if (found) {
            snprintf(out, size, "Python %.*s", (int)strcspn(version + 10, "\r\n"), version + 10);
        }
        free(text);
    }
    words_clear(&matches);
    return found;
}

void package_read(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    char directory[PATH_MAX];

    out[0] = '\0';
    if (slash == NULL) {
        return;
    }
    snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
    if (!read_npm(directory, out, size)) {
        read_python(directory, out, size);
    }
}
