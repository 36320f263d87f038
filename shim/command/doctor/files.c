/* Goes down a directory, and adds what it finds of boxlite. */
#include "shim/command/doctor/files.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/keep.h"
#include "shim/base/search_path.h"
#include "shim/base/trust.h"
#include "shim/boxlite/release.h"
#include "shim/command/doctor/build.h"
#include "shim/command/doctor/package.h"
#include "shim/command/overlay/trailer.h"

#define SHIM        "boxlite-shim"
#define BRIDGE      "libgvproxy.so"
#define OURS        "libboxlite_allownet*"
#define DEPTH_LIMIT 10
/* Directories that are looked into below one: a second or so. */
#define DIRECTORIES_MAX 20000

/* Directories that lead to a package or a runtime directory. */
static const char *const ways[] = {
    "node_modules", ".pnpm",         "@boxlite-ai",   "@boxlite-ai+*", "boxlite*", "runtime",
    "runtimes",     "v[0-9]*",       "[0-9]*",        "native",        "lib",      "lib64",
    "python3*",     "site-packages", "dist-packages", ".venv",         "venv",     "env",
};

static bool is_way(const char *name)
{
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (fnmatch(ways[i], name, 0) == 0) {
            return true;
        }
    }
    return false;
}

bool files_is_library(const char *name)
{
    return fnmatch("*boxlite*.node", name, 0) == 0 ||
           (fnmatch("*boxlite*.so", name, 0) == 0 && fnmatch(OURS, name, 0) != 0);
}

/* What the overlay's shim at `path` says about it, and where its real shim is. */
static void read_trailer(const char *path, const struct trailer *trailer, struct facts_overlay *out,
                         char *shim, size_t size)
{
    char here[PATH_MAX] = "";
    char text[PATH_MAX + 128];
    struct stat status;

    out->found = true;
    if (realpath(path, here) != NULL) {
        *strrchr(here, '/') = '\0';
    }
    snprintf(out->directory, sizeof(out->directory), "%s", here);
    snprintf(out->release, sizeof(out->release), "%s", trailer->release);
    snprintf(out->revision, sizeof(out->revision), "%s", trailer->revision);
    snprintf(out->generation, sizeof(out->generation), "%s", trailer->generation);
    shim[0] = '\0';
    out->damaged = strcmp(trailer->directory, here) != 0 ||
                   snprintf(shim, size, "%s/%s", here, trailer->shim) >= (int)size ||
                   access(shim, X_OK) != 0;
    /* Its shim asks for the user who starts it: of another user's that is not known here. */
    if (!out->damaged && stat(shim, &status) == 0 &&
        (status.st_uid == geteuid() || status.st_uid == 0)) {
        const char *fault = trust_fault(shim, text, sizeof(text));

        snprintf(out->distrust, sizeof(out->distrust), "%s", fault != NULL ? fault : "");
    }
}

/* An overlay's own facts; its build is that of the real shim in it. */
static void read_overlay(const char *path, const struct trailer *trailer, struct facts *out)
{
    char shim[PATH_MAX];

    out->kind = FACTS_KIND_OVERLAY;
    read_trailer(path, trailer, &out->overlay, shim, sizeof(shim));
    snprintf(out->target, sizeof(out->target), "%s", out->overlay.directory);
    out->overlay.fits = true;
    if (!out->overlay.damaged && build_read(shim, shim, &out->build) != BUILD_READ) {
        out->overlay.damaged = true;
    }
}

bool files_overlay_fits(const struct facts_overlay *overlay, const struct facts_build *build)
{
    if (build->revision[0] != '\0' && overlay->revision[0] != '\0') {
        return strcmp(build->revision, overlay->revision) == 0;
    }
    if (build->exact && release_is_one(overlay->release)) {
        return strcmp(build->release, overlay->release) == 0;
    }
    return build->generation == NULL || strcmp(build->generation, overlay->generation) == 0;
}

static void read_runtime_shim(const char *path, bool replace, struct facts *facts)
{
    struct facts_build build = {.found = false};
    struct trailer trailer;
    char shim[PATH_MAX];

    if (trailer_read(path, &trailer) == TRAILER_READ) {
        read_trailer(path, &trailer, &facts->overlay, shim, sizeof(shim));
        facts->overlay.fits = files_overlay_fits(&facts->overlay, &facts->build);
    } else if (replace && build_read(path, path, &build) == BUILD_READ && build.found) {
        facts_say(&build.evidence, "its directory is BOXLITE_RUNTIME_DIR, which comes before what "
                                   "the SDK carries");
        words_clear(&facts->build.evidence);
        facts->build = build;
    } else {
        words_clear(&build.evidence);
    }
    trailer_clear(&trailer);
}

void files_read_runtime_dir(const char *list, bool replace, struct facts *facts)
{
    char element[PATH_MAX];

    while (search_path_next(&list, element, sizeof(element))) {
        char path[PATH_MAX];

        if (snprintf(path, sizeof(path), "%s/" SHIM, element) < (int)sizeof(path) &&
            access(path, F_OK) == 0) {
            read_runtime_shim(path, replace, facts);
            return;
        }
    }
}

void files_read_runtime(const char *library, struct facts_build *out)
{
    const char *slash = strrchr(library, '/');
    struct facts_build build = {.found = false};
    char path[PATH_MAX];

    if (slash == NULL || snprintf(path, sizeof(path), "%.*s/runtime/" SHIM, (int)(slash - library),
                                  library) >= (int)sizeof(path)) {
        return;
    }
    if (build_read(path, path, &build) == BUILD_READ && (build.found || build.imports)) {
        words_clear(&out->evidence);
        *out = build;
    } else {
        words_clear(&build.evidence);
    }
}

static enum facts_kind kind_of(const char *path, const struct facts_build *build)
{
    const char *name = basename(path);

    if (!build->found && !build->imports) {
        return files_is_library(name) ? FACTS_KIND_SDK : FACTS_KIND_FILE;
    }
    if (build->embedded) {
        return FACTS_KIND_SDK;
    }
    return build->linkage == FACTS_LINKAGE_SHARED && strcmp(name, SHIM) != 0 ? FACTS_KIND_BRIDGE
                                                                             : FACTS_KIND_SHIM;
}

static int read_file(const char *path, struct facts *out)
{
    struct trailer trailer;
    const enum trailer_status status = trailer_read(path, &trailer);
    int result = 0;

    if (status == TRAILER_READ) {
        read_overlay(path, &trailer, out);
    } else if (status == TRAILER_DAMAGED) {
        out->kind = FACTS_KIND_OVERLAY;
        out->overlay.found = out->overlay.damaged = true;
    } else if (build_read(path, path, &out->build) == BUILD_UNREADABLE) {
        result = -1;
    } else {
        out->kind = kind_of(path, &out->build);
        if (out->kind == FACTS_KIND_SDK && !out->build.found) {
            files_read_runtime(path, &out->build);
        }
        package_read(path, out->package, sizeof(out->package));
    }
    trailer_clear(&trailer);
    return result;
}

int files_add(struct findings *findings, const char *path)
{
    struct facts *fresh = findings_add(findings, FACTS_KIND_FILE, path);

    if (fresh == NULL) {
        errno = ENOMEM;
        return -1;
    }
    if (read_file(path, fresh) == 0) {
        return 0;
    }
    KEEP_ERRNO;
    findings_drop(findings);
    return -1;
}

static bool is_known(const struct findings *findings, const char *path)
{
    struct stat wanted;

    if (stat(path, &wanted) != 0) {
        return false;
    }
    for (size_t i = 0; i < findings->count; i++) {
        struct stat other;

        if (findings->list[i].build.path[0] != '\0' &&
            stat(findings->list[i].build.path, &other) == 0 && other.st_dev == wanted.st_dev &&
            other.st_ino == wanted.st_ino) {
            return true;
        }
    }
    return false;
}

static void add_found(struct findings *findings, const char *path)
{
    const struct facts *last;

    if (is_known(findings, path)) {
        return;
    }
    if (files_add(findings, path) != 0) {
        findings->denied++;
        return;
    }
    last = &findings->list[findings->count - 1];
    if (!last->build.found && !last->build.imports && !last->overlay.found) {
        findings_drop(findings);
    }
}

/* A shim tells more than the bridge that lies beside it for its use. */
static void look_at(struct findings *findings, const char *directory, const char *name)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path)) {
        return;
    }
    if (strcmp(name, BRIDGE) == 0) {
        char shim[PATH_MAX];

        if (snprintf(shim, sizeof(shim), "%s/" SHIM, directory) < (int)sizeof(shim) &&
            access(shim, F_OK) == 0) {
            return;
        }
    }
    add_found(findings, path);
}

struct walk {
    struct findings *findings;
    bool everywhere;  /* into every directory, not only those that lead to a package */
    size_t remaining; /* directories that are still looked into */
};

/* Links are followed where packages lie: pnpm's are links. */
static bool leads_on(const struct walk *walk, const char *directory, const char *name,
                     unsigned depth, char *path, size_t size)
{
    static const char *const kernels[] = {"/proc", "/sys", "/dev"};
    const bool way = is_way(name);
    struct stat status;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || depth >= DEPTH_LIMIT ||
        (!way && !walk->everywhere) ||
        snprintf(path, size, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory, name) >=
            (int)size ||
        (way ? stat(path, &status) : lstat(path, &status)) != 0 || !S_ISDIR(status.st_mode)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
        if (strcmp(path, kernels[i]) == 0) {
            return false;
        }
    }
    return true;
}

static int look_through(struct walk *walk, const char *directory, unsigned depth)
{
    struct dirent **entries;
    int count;

    if (walk->remaining == 0) {
        walk->findings->cut = true;
        return 0;
    }
    walk->remaining--;
    count = scandir(directory, &entries, NULL, alphasort);
    if (count < 0) {
        return -1;
    }
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        char path[PATH_MAX];

        if (strcmp(name, SHIM) == 0 || strcmp(name, BRIDGE) == 0 || files_is_library(name)) {
            look_at(walk->findings, directory, name);
        } else if (leads_on(walk, directory, name, depth, path, sizeof(path)) &&
                   look_through(walk, path, depth + 1) != 0) {
            walk->findings->denied++;
        }
        free(entries[i]);
    }
    free(entries);
    return 0;
}

int files_add_below(struct findings *findings, const char *directory, bool everywhere)
{
    struct walk walk = {
        .findings = findings, .everywhere = everywhere, .remaining = DIRECTORIES_MAX};
    char path[PATH_MAX];
    size_t length = strlen(directory);

    while (length > 1 && directory[length - 1] == '/') {
        length--;
    }
    if (length >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(path, directory, length);
    path[length] = '\0';
    return look_through(&walk, path, 0);
}
