/* Reads the metadata of Python and npm packages beside a library. */
#include "shim/command/doctor/package.h"

#include <glob.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/text_file.h"

static bool read_npm(const char *directory, char *out, size_t size)
{
    char path[PATH_MAX];
    json_t *package;
    const char *version;

    if (snprintf(path, sizeof(path), "%s/package.json", directory) >= (int)sizeof(path)) {
        return false;
    }
    package = json_load_file(path, 0, NULL);
    version = json_string_value(json_object_get(package, "version"));
    if (version != NULL) {
        snprintf(out, size, "npm %s", version);
    }
    json_decref(package);
    return version != NULL;
}

/* Special characters of the directory mean themselves. */
static void escape(const char *text, char *out, size_t size)
{
    size_t used = 0;

    for (; *text != '\0' && used + 3 < size; text++) {
        if (strchr("*?[\\", *text) != NULL) {
            out[used++] = '\\';
        }
        out[used++] = *text;
    }
    out[used] = '\0';
}

/* Installed beside the package's directory, as site-packages/boxlite-0.9.7.dist-info. */
static bool read_python(const char *directory, char *out, size_t size)
{
    char escaped[2 * PATH_MAX];
    char pattern[2 * PATH_MAX + 64];
    bool found = false;
    glob_t matches;

    escape(directory, escaped, sizeof(escaped));
    snprintf(pattern, sizeof(pattern), "%s/../boxlite-*.dist-info/METADATA", escaped);
    if (glob(pattern, 0, NULL, &matches) != 0) {
        return false;
    }
    for (size_t i = 0; i < matches.gl_pathc && !found; i++) {
        char *text = text_file_read(matches.gl_pathv[i], NULL);
        const char *version = text != NULL ? strstr(text, "\nVersion: ") : NULL;

        found = version != NULL;
        if (found) {
            snprintf(out, size, "Python %.*s", (int)strcspn(version + 10, "\r\n"), version + 10);
        }
        free(text);
    }
    globfree(&matches);
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
