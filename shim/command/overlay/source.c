/* Judges the shim that an overlay is to start. */
#include "shim/command/overlay/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/boxlite/go_info.h"
#include "shim/boxlite/image.h"
#include "shim/boxlite/release.h"
#include "shim/boxlite/symbols.h"
#include "shim/command/output/usage.h"
#include "shim/command/overlay/trailer.h"

struct content {
    const char *bytes;
    size_t size;
};

static const char *find(const struct content *content, const char *text)
{
    return memmem(content->bytes, content->size, text, strlen(text));
}

static bool learn_release(const struct content *content, struct source *out)
{
    const struct release *known;
    const char *range = "0.10";
    struct go_info info;

    (void)go_info_read(content->bytes, content->size, &info);
    memcpy(out->revision, info.revision, sizeof(out->revision));
    known = release_of_revision(out->revision, strlen(out->revision));

    if (find(content, RELEASE_NEW_KEY) != NULL) {
        out->generation = RELEASE_NEW_KEY;
    } else if (find(content, RELEASE_OLD_KEY) != NULL) {
        out->generation = RELEASE_OLD_KEY;
        range = "0.8.0 to 0.9.7";
    } else {
        usage_complain("overlay",
                       "%s reads neither " RELEASE_OLD_KEY
                       " (boxlite 0.8.0 to 0.9.7) nor " RELEASE_NEW_KEY
                       " (0.10): name the boxlite-shim of one of these releases",
                       out->path);
        return false;
    }
    release_of_path(out->path, out->release, sizeof(out->release));
    if (known != NULL || out->release[0] == '\0') {
        snprintf(out->release, sizeof(out->release), "%s", known != NULL ? known->name : range);
    }
    return true;
}

static bool read_release(struct source *out)
{
    const int file = open(out->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct content content = {.bytes = MAP_FAILED};
    struct stat status;
    bool done = false;

    if (file >= 0 && fstat(file, &status) == 0) {
        content.size = (size_t)status.st_size;
        content.bytes = mmap(NULL, content.size, PROT_READ, MAP_PRIVATE, file, 0);
    }
    if (content.bytes == MAP_FAILED) {
        usage_complain("overlay", "cannot read %s: %s; make it readable", out->path,
                       strerror(errno));
    } else {
        done = learn_release(&content, out);
        munmap((void *)content.bytes, content.size);
    }
    if (file >= 0) {
        close(file);
    }
    return done;
}

/* The library of an SDK, in which the shim is one file among others. */
static bool is_library(const char *path)
{
    const char *end = strrchr(path, '.');

    return end != NULL && (strcmp(end, ".node") == 0 || strcmp(end, ".so") == 0);
}

/* Whether the linked image is one that needs the repair and can be given it by attach. */
static bool check_image(const char *path)
{
    switch (image_read(path)) {
    case IMAGE_AFFECTED:
        return true;
    case IMAGE_UNREADABLE:
        usage_complain("overlay", "cannot read %s: %s; make it readable", path, strerror(errno));
        return false;
    case IMAGE_FOREIGN:
        usage_complain(
            "overlay",
            "%s is no ELF executable, but a script or the like: name the static boxlite-shim "
            "itself",
            path);
        return false;
    case IMAGE_DYNAMIC:
        usage_complain(
            "overlay",
            "%s needs no overlay: it is dynamically linked, and boxlite-allownet run reaches "
            "it; an overlay is for the static boxlite-shim of boxlite " RELEASE_AFFECTED,
            path);
        return false;
    case IMAGE_UNKNOWN:
        usage_complain(
            "overlay",
            "%s needs an overlay or not: nothing in it tells; name the boxlite-shim that came "
            "with boxlite " RELEASE_AFFECTED,
            path);
        return false;
    case IMAGE_UNAFFECTED:
        usage_complain(
            "overlay",
            "%s needs no overlay: it does not filter DNS as boxlite " RELEASE_AFFECTED " do", path);
        return false;
    }
    return false;
}

static bool check_symbols(const char *path)
{
    struct symbols symbols;

    switch (symbols_read(path, &symbols)) {
    case SYMBOLS_OK:
        return true;
    case SYMBOLS_UNREADABLE:
        usage_complain("overlay", "cannot read %s: %s; make it readable", path, strerror(errno));
        return false;
    case SYMBOLS_FOREIGN:
        usage_complain("overlay",
                       "%s is for another processor: name the boxlite-shim of this machine", path);
        return false;
    case SYMBOLS_DYNAMIC:
        usage_complain("overlay", "%s is dynamically linked: name a static boxlite-shim", path);
        return false;
    case SYMBOLS_STRIPPED:
        usage_complain("overlay",
                       "%s has no symbol table, so gvproxy_create cannot be found in it: name "
                       "boxlite's own build of it",
                       path);
        return false;
    case SYMBOLS_NO_BRIDGE:
    case SYMBOLS_NO_LOOKUPS:
        usage_complain("overlay",
                       "%s lacks functions that the repair needs: name boxlite's own build "
                       "of " RELEASE_AFFECTED,
                       path);
        return false;
    }
    return false;
}

bool source_is_overlay(const char *path)
{
    struct trailer trailer;
    const enum trailer_status status = trailer_read(path, &trailer);

    trailer_clear(&trailer);
    return status == TRAILER_READ || status == TRAILER_DAMAGED;
}

bool source_read(const char *path, struct source *out)
{
    struct stat status;

    memset(out, 0, sizeof(*out));
    if (realpath(path, out->path) == NULL || stat(out->path, &status) != 0) {
        usage_complain("overlay", "cannot read %s: %s; name the file of boxlite-shim", path,
                       strerror(errno));
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        usage_complain("overlay", "%s is no file%s", path,
                       S_ISDIR(status.st_mode) ? ", but a directory: name the boxlite-shim in it"
                                               : ": name that of boxlite-shim");
        return false;
    }
    if (is_library(out->path)) {
        usage_complain("overlay",
                       "%s is the library of an SDK: start a box once, which unpacks its "
                       "boxlite-shim below ~/.local/share/boxlite/runtimes, and name that",
                       path);
        return false;
    }
    if (source_is_overlay(out->path)) {
        usage_complain(
            "overlay",
            "%s is itself part of an overlay: name the boxlite-shim that came with boxlite", path);
        return false;
    }
    return check_image(out->path) && check_symbols(out->path) && read_release(out);
}
