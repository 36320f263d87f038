/*
 * Unpacked by the tools that its owner has: Python for a wheel, tar for npm's tarball, into a
 * directory of our own that is removed again. A library for both formats (libarchive) would bring
 * four more into a command that needs nothing but libc, for something that is looked at once.
 * Neither tool writes outside of the directory, whatever names stand in the archive; but tar makes
 * links that lead out of it and, as root, devices, whose mere opening can do something.
 */
#include "shim/command/doctor/archive.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/child.h"
#include "shim/base/descriptors.h"
#include "shim/base/keep.h"
#include "shim/base/search_path.h"
#include "shim/base/variables.h"
#include "shim/command/doctor/files.h"

/* Milliseconds; the SDK of a release is 150 MB. */
#define PATIENCE_MS 120000

enum kind { NO_ARCHIVE, WHEEL, TARBALL };

/* By its first bytes: PKWARE's APPNOTE.TXT 4.3.7, RFC 1952. */
static enum kind kind_of(const char *path)
{
    const int file = descriptors_open_file(path);
    unsigned char head[4] = {0};
    const ssize_t length = file >= 0 ? read(file, head, sizeof(head)) : 0;

    if (file >= 0) {
        close(file);
    }
    if (length == sizeof(head) && memcmp(head, "PK\3\4", sizeof(head)) == 0) {
        return WHEEL;
    }
    return length == sizeof(head) && head[0] == 0x1f && head[1] == 0x8b ? TARBALL : NO_ARCHIVE;
}

bool archive_is_one(const char *path)
{
    return kind_of(path) != NO_ARCHIVE;
}

/* Runs the tool called `name`; its path is written to `path`, of PATH_MAX bytes, which is argv[0].
   False where it is not there or has failed. */
static bool run(const char *name, char *path, char *const argv[])
{
    char *const environment[] = {(char *)"PATH=/usr/local/bin:/usr/bin:/bin", NULL};
    const struct child child = {
        .path = path, .argv = argv, .environment = environment, .patience_ms = PATIENCE_MS};
    int status = -1;

    /* By its path: Python finds the rest of itself by that. */
    if (search_path_find(name, path, PATH_MAX)) {
        free(child_run(&child, &status));
    }
    return status == 0;
}

static const char *unpack(enum kind kind, const char *path, const char *directory)
{
    char tool[PATH_MAX];
    char *wheel[] = {tool,         (char *)"-I", (char *)"-m",      (char *)"zipfile",
                     (char *)"-e", (char *)path, (char *)directory, NULL};
    char *tarball[] = {tool,
                       (char *)"--extract",
                       (char *)"--gzip",
                       (char *)"--no-same-owner",
                       (char *)"--no-same-permissions",
                       (char *)"--file",
                       (char *)path,
                       (char *)"--force-local",
                       (char *)"--directory",
                       (char *)directory,
                       NULL};

    if (kind == WHEEL) {
        return run("python3", tool, wheel) ? NULL : "python3 -m zipfile could not unpack it";
    }
    return run("tar", tool, tarball) ? NULL : "tar could not unpack it";
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    remove(path);
    return 0;
}

/* What is neither a file nor a directory: npm packs nothing else, a wheel cannot hold it. */
static int remove_odd(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)type;
    (void)place;
    return S_ISREG(status->st_mode) || S_ISDIR(status->st_mode) ? 0 : remove(path);
}

/* A path below the directory, as one in the archive. */
static void name_inside(char *text, size_t size, const char *directory, const char *archive)
{
    const size_t length = strlen(directory);
    char *inside = NULL;

    if (strncmp(text, directory, length) == 0 &&
        asprintf(&inside, "%s:%s", archive, text + length + 1) >= 0) {
        snprintf(text, size, "%s", inside);
    }
    free(inside);
}

const char *archive_add(struct findings *findings, const char *path)
{
    const char *place = variables_get("TMPDIR");
    char directory[PATH_MAX];
    const size_t before = findings->count;
    char real[PATH_MAX];
    const char *fault;
    /* An interrupt ends the tool at once, and us when the directory is gone. */
    BLOCK_SIGNALS;

    snprintf(directory, sizeof(directory), "%.3000s/boxlite-allownet.XXXXXX",
             place != NULL && place[0] == '/' ? place : "/tmp");
    if (realpath(path, real) == NULL || mkdtemp(directory) == NULL) {
        return "there is no room to unpack it in TMPDIR";
    }
    fault = unpack(kind_of(real), real, directory);
    if (fault == NULL && (nftw(directory, remove_odd, 16, FTW_PHYS) != 0 ||
                          files_add_below(findings, directory, true) != 0)) {
        fault = "what was unpacked cannot be read";
    }
    for (size_t i = before; i < findings->count; i++) {
        struct facts *facts = &findings->list[i];

        name_inside(facts->target, sizeof(facts->target), directory, path);
        name_inside(facts->build.path, sizeof(facts->build.path), directory, path);
    }
    nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return fault;
}
