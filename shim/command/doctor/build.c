/* Takes a file apart: release, revision, Go, what the repair can reach in it. */
#include "shim/command/doctor/build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/descriptors.h"
#include "shim/boxlite/go_info.h"
#include "shim/boxlite/image.h"
#include "shim/boxlite/release.h"
#include "shim/command/doctor/bridge_image.h"

#define LIBRARY "libgvproxy.so"

/* Keys of the bridge's configuration, as its Go structure has them; see range_of. */
#define KEY(name) "json:\"" name

static bool has(const struct bridge_image *image, const char *text)
{
    return memmem(image->bytes, image->size, text, strlen(text)) != NULL;
}

/* Which releases a bridge may be of that no revision tells: by the keys that it reads, the
   arguments that it takes, the code that it has. `why` gets the words for it. */
static const char *range_of(const struct bridge_image *image, const struct facts_build *build,
                            const char **why)
{
    if (!has(image, KEY("allow_net"))) {
        *why = "it has no allow_net";
        if (build->linkage != FACTS_LINKAGE_SHARED) {
            return "0.7.0 to 0.7.5";
        }
        return has(image, KEY("socket_path")) ? "0.5.11 to 0.6.0" : "0.4.0 to 0.5.10";
    }
    /* What a build takes tells more than what it can read. */
    if (build->create_arguments != 1 && has(image, KEY("control_socket_path"))) {
        switch (build->health) {
        case IMAGE_HEALTH_AFFECTED:
            *why = "it reads control_socket_path and sinkholes";
            return "0.10.0 to 0.10.2";
        case IMAGE_HEALTH_UNAFFECTED:
            *why = "it reads control_socket_path and dials by name";
            return RELEASE_UNAFFECTED " or newer";
        case IMAGE_HEALTH_UNKNOWN:
            break;
        }
        *why = "it reads control_socket_path";
        return "0.10.0 or newer";
    }
    if (!has(image, KEY("host_ip"))) {
        *why = "it reads allow_net but no host_ip";
        return "0.8.0 to 0.8.2";
    }
    switch (build->create_arguments) {
    case 1:
        *why = "it reads host_ip, and create takes one argument";
        return "0.9.0 to 0.9.5";
    case 2:
        *why = "it reads host_ip, and create takes two arguments";
        return "0.9.5 to 0.9.7";
    default:
        *why = "it reads host_ip but no control_socket_path";
        return "0.9.0 to 0.9.7";
    }
}

static void learn_generation(const struct bridge_image *image, struct facts_build *out)
{
    if (has(image, RELEASE_NEW_KEY)) {
        out->generation = RELEASE_NEW_KEY;
        facts_say(&out->evidence, "the shim reads " RELEASE_NEW_KEY ": 0.10.0 or newer");
    } else if (has(image, RELEASE_OLD_KEY)) {
        out->generation = RELEASE_OLD_KEY;
        facts_say(&out->evidence, "the shim reads " RELEASE_OLD_KEY ": 0.8.0 to 0.9.7");
    }
}

/* The range is no proof for a bridge that is not made of boxlite's Go code. */
static const char *learn_by_go(const struct bridge_image *image, struct facts_build *out)
{
    struct go_info info;
    const struct release *known;
    const char *range;
    const char *why;

    if (!go_info_read(image->bytes, image->size, &info)) {
        facts_say(&out->evidence, "Go build info: none with gvisor-tap-vsock in it");
        return "";
    }
    memcpy(out->revision, info.revision, sizeof(out->revision));
    memcpy(out->go_version, info.version, sizeof(out->go_version));
    memcpy(out->matcher, info.matcher, sizeof(out->matcher));
    known = release_of_revision(out->revision, strlen(out->revision));
    range = range_of(image, out, &why);
    if (known != NULL) {
        facts_say(&out->evidence, "Go build info: vcs.revision %.12s, the published %s",
                  out->revision, known->name);
    } else if (out->revision[0] != '\0') {
        facts_say(&out->evidence, "Go build info: vcs.revision %.12s, which is not known here",
                  out->revision);
    } else {
        facts_say(&out->evidence, "Go build info: no revision");
    }
    facts_say(&out->evidence, "the bridge: %s: %s", why, range);
    out->exact = known != NULL;
    return known != NULL ? known->name : range;
}

static void learn_release(const struct bridge_image *image, const char *path,
                          struct facts_build *out)
{
    char named[32];

    snprintf(out->release, sizeof(out->release), "%s", learn_by_go(image, out));
    learn_generation(image, out);
    release_of_path(path, named, sizeof(named));
    if (named[0] != '\0') {
        facts_say(&out->evidence, "its directory is named v%s", named);
    }
}

static void judge(const struct bridge_image *image, const char *path, struct facts_build *out)
{
    out->found = true;
    out->embedded = image->embedded;
    out->linkage = image->linkage;
    out->symbols = image->status;
    out->create_arguments = image->symbols.create_arguments;
    out->health = image_judge(image->bytes, image->size);
    learn_release(image, path, out);
}

/* A shim of up to 0.6.0 has its bridge beside it. */
static void read_neighbour(const char *path, struct facts_build *out)
{
    const char *slash = strrchr(path, '/');
    struct facts_build neighbour = {.found = false};
    char library[PATH_MAX];

    if (slash == NULL || snprintf(library, sizeof(library), "%.*s/" LIBRARY, (int)(slash - path),
                                  path) >= (int)sizeof(library)) {
        return;
    }
    if (build_read(library, library, &neighbour) == BUILD_READ && neighbour.found) {
        facts_say(&neighbour.evidence, "%s loads it", slash + 1);
        *out = neighbour;
    } else {
        words_clear(&neighbour.evidence);
    }
}

static enum build_status read_file(int file, const char *path, struct facts_build *out)
{
    struct bridge_image image = {0};
    enum bridge_search searched;
    struct stat status;
    void *bytes;

    if (fstat(file, &status) != 0) {
        return BUILD_UNREADABLE;
    }
    if (status.st_size == 0) {
        return BUILD_NO_ELF;
    }
    bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED) {
        return BUILD_UNREADABLE;
    }
    searched = bridge_image_find(bytes, (size_t)status.st_size, &image);
    if (image.bytes != NULL) {
        judge(&image, out->path, out);
    }
    out->imports = image.imports && image.bytes == NULL;
    bridge_image_clear(&image);
    munmap(bytes, (size_t)status.st_size);
    if (searched == BRIDGE_NO_MEMORY) {
        errno = ENOMEM;
        return BUILD_UNREADABLE;
    }
    if (out->imports) {
        read_neighbour(path, out);
    }
    return searched == BRIDGE_NO_ELF ? BUILD_NO_ELF : BUILD_READ;
}

enum build_status build_read(const char *path, const char *shown, struct facts_build *out)
{
    const int file = descriptors_open_file(path);
    enum build_status status;

    snprintf(out->path, sizeof(out->path), "%s", shown);
    if (file < 0) {
        return errno == ENODEV ? BUILD_NO_ELF : BUILD_UNREADABLE;
    }
    status = read_file(file, path, out);
    descriptors_close_one(file);
    return status;
}
