/* Builds the directory under another name, and exchanges the two. */
#include "shim/command/overlay/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/keep.h"
#include "shim/base/trust.h"
#include "shim/command/output/usage.h"
#include "shim/command/overlay/source.h"

#define MODE 0755

static const char *const own_files[] = {DIRECTORY_COMMAND, DIRECTORY_SHIM, DIRECTORY_FIRMWARE};

static const int ending_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

static bool join(char *out, size_t size, const char *directory, const char *name)
{
    if (snprintf(out, size, "%s/%s", directory, name) < (int)size) {
        return true;
    }
    usage_complain("overlay", "%s is too long a path", directory);
    return false;
}

static bool is_own_file(const char *name)
{
    for (size_t i = 0; i < sizeof(own_files) / sizeof(own_files[0]); i++) {
        if (strcmp(name, own_files[i]) == 0) {
            return true;
        }
    }
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Says what is wrong, if anything is. */
static bool is_trusted_by(const char *fault)
{
    if (fault != NULL) {
        usage_complain("overlay",
                       "%s: name a directory that only you and root can change, and those above it",
                       fault);
    }
    return fault == NULL;
}

/* Whether nobody but root and the caller can change what is at `path`. */
static bool is_trusted(const char *path)
{
    char text[PATH_MAX + 128];

    return is_trusted_by(trust_fault(path, text, sizeof(text)));
}

/* Likewise what is above it. */
static bool is_trusted_place(const char *path)
{
    char text[PATH_MAX + 128];

    return is_trusted_by(trust_fault_above(path, text, sizeof(text)));
}

/* Likewise a whole overlay: what is in it may go into the new one. */
static bool is_trusted_overlay(const char *path)
{
    bool trusted = is_trusted(path);

    for (size_t i = 0; trusted && i < sizeof(own_files) / sizeof(own_files[0]); i++) {
        char file[PATH_MAX];

        trusted = join(file, sizeof(file), path, own_files[i]) &&
                  (access(file, F_OK) != 0 || is_trusted(file));
    }
    return trusted;
}

/* Whether `path`, which exists, may be replaced. */
static bool is_ours(const char *path)
{
    char command[PATH_MAX];
    struct dirent *entry;
    bool ours = true;
    DIR *stream;

    if (!join(command, sizeof(command), path, DIRECTORY_COMMAND)) {
        return false;
    }
    if (!source_is_overlay(command)) {
        usage_complain("overlay",
                       "%s is there already and no overlay: name a directory that is not there yet",
                       path);
        return false;
    }
    stream = opendir(path);
    if (stream == NULL) {
        usage_complain("overlay", "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    while (ours && (entry = readdir(stream)) != NULL) {
        ours = is_own_file(entry->d_name);
        if (!ours) {
            usage_complain(
                "overlay",
                "%s/%s is not part of the overlay: move it away, since %s is to be replaced", path,
                entry->d_name, path);
        }
    }
    closedir(stream);
    return ours;
}

/* Of a path that is not there yet: its parent's, and the last component. */
static bool find_place(const char *path, char *out)
{
    char copy[PATH_MAX];
    char parent[PATH_MAX];
    size_t length = strlen(path);
    char *name;

    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    if (length >= sizeof(copy)) {
        usage_complain("overlay", "%s is too long a path", path);
        return false;
    }
    memcpy(copy, path, length);
    copy[length] = '\0';
    name = strrchr(copy, '/');
    if (name != NULL) {
        *name++ = '\0';
    }
    if (realpath(name == NULL ? "." : *copy == '\0' ? "/" : copy, parent) == NULL) {
        usage_complain("overlay", "cannot make %s: %s: %s", path, copy, strerror(errno));
        return false;
    }
    return join(out, PATH_MAX, strcmp(parent, "/") == 0 ? "" : parent, name == NULL ? copy : name);
}

static void hold_signals(struct directory *directory)
{
    struct sigaction action;
    sigset_t ending;

    sigemptyset(&ending);
    for (size_t i = 0; i < sizeof(ending_signals) / sizeof(ending_signals[0]); i++) {
        /* Blocked, one that is ignored would be pending all the same. */
        if (sigaction(ending_signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
            sigaddset(&ending, ending_signals[i]);
        }
    }
    sigprocmask(SIG_BLOCK, &ending, &directory->mask);
}

static bool is_to_end(void)
{
    sigset_t pending;

    sigpending(&pending);
    for (size_t i = 0; i < sizeof(ending_signals) / sizeof(ending_signals[0]); i++) {
        if (sigismember(&pending, ending_signals[i]) == 1) {
            return true;
        }
    }
    return false;
}

bool directory_begin(const char *path, struct directory *out)
{
    struct stat status;

    memset(out, 0, sizeof(*out));
    hold_signals(out);
    out->replaces = realpath(path, out->path) != NULL;
    if (!out->replaces && errno == ENOENT && lstat(path, &status) == 0) {
        usage_complain("overlay", "%s is a link to nothing: name a directory that is not there yet",
                       path);
        return false;
    }
    if (out->replaces ? !is_ours(out->path) : !find_place(path, out->path)) {
        return false;
    }
    /* From here on the path means the same, whoever else is about. */
    if (out->replaces ? !is_trusted_overlay(out->path) : !is_trusted_place(out->path)) {
        return false;
    }
    /* The variable is a list. */
    if (strchr(out->path, ':') != NULL) {
        usage_complain("overlay",
                       "%s has a colon in it, which would split it in BOXLITE_RUNTIME_DIR: name "
                       "another directory",
                       out->path);
        return false;
    }
    snprintf(out->building, sizeof(out->building), "%s.XXXXXX", out->path);
    if (mkdtemp(out->building) == NULL || chmod(out->building, MODE) != 0) {
        usage_complain("overlay", "cannot make a directory beside %s: %s", out->path,
                       strerror(errno));
        out->building[0] = '\0';
        return false;
    }
    return true;
}

static bool copy_bytes(int from, int to, off_t size)
{
    off_t done = 0;

    while (done < size) {
        const off_t left = size - done;
        const ssize_t count = sendfile(to, from, &done, left < (1 << 20) ? (size_t)left : 1 << 20);

        if (is_to_end()) {
            errno = EINTR;
        } else if (count == 0) {
            errno = EIO; /* it has become shorter */
        }
        if (count <= 0 || is_to_end()) {
            return false;
        }
    }
    return true;
}

static bool write_bytes(int to, const char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t count = write(to, bytes, length);

        if (count < 0 && errno != EINTR) {
            return false;
        }
        if (count > 0) {
            bytes += count;
            length -= (size_t)count;
        }
    }
    return true;
}

bool directory_add(const struct directory *directory, const char *name, const char *source,
                   off_t size, const char *tail, size_t length)
{
    char path[sizeof(directory->building) + sizeof(DIRECTORY_SHIM)];
    struct stat status;
    int from = open(source, O_RDONLY | O_CLOEXEC);
    int to = -1;
    bool done = false;

    snprintf(path, sizeof(path), "%s/%s", directory->building, name);
    if (from >= 0) {
        to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
    }
    /* On disk before the directory gets its name: power may fail at any time. */
    if (to >= 0 && fstat(from, &status) == 0) {
        done = copy_bytes(from, to, size < 0 ? status.st_size : size) &&
               write_bytes(to, tail, length) && fchmod(to, MODE) == 0 && fsync(to) == 0;
    }
    if (!done) {
        usage_complain("overlay", "cannot copy %s to %s: %s", source, path, strerror(errno));
    }
    if (to >= 0 && close(to) != 0 && done) {
        usage_complain("overlay", "cannot write %s: %s", path, strerror(errno));
        done = false;
    }
    if (from >= 0) {
        close(from);
    }
    return done;
}

static void remove_files(const char *directory)
{
    char path[PATH_MAX + 64];

    for (size_t i = 0; i < sizeof(own_files) / sizeof(own_files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, own_files[i]);
        unlink(path);
    }
    rmdir(directory);
}

/* For file systems that cannot exchange two names. */
static int replace_in_two_steps(const struct directory *directory)
{
    char old[sizeof(directory->building)];

    snprintf(old, sizeof(old), "%s.XXXXXX", directory->path);
    if (mkdtemp(old) == NULL) {
        return -1;
    }
    if (rename(directory->path, old) != 0 || rename(directory->building, directory->path) != 0) {
        KEEP_ERRNO;

        rename(old, directory->path);
        rmdir(old);
        return -1;
    }
    return rename(old, directory->building);
}

bool directory_commit(struct directory *directory)
{
    int status;

    if (is_to_end()) {
        return false;
    }
    if (!directory->replaces) {
        status = rename(directory->building, directory->path);
    } else {
        status =
            renameat2(AT_FDCWD, directory->building, AT_FDCWD, directory->path, RENAME_EXCHANGE);
        if (status != 0 && (errno == EINVAL || errno == ENOSYS)) {
            status = replace_in_two_steps(directory);
        }
    }
    if (status != 0) {
        usage_complain("overlay", "cannot put %s in place: %s", directory->path, strerror(errno));
        return false;
    }
    if (!directory->replaces) {
        directory->building[0] = '\0'; /* else the old one is there now */
    }
    return true;
}

void directory_end(struct directory *directory)
{
    if (directory->building[0] != '\0') {
        remove_files(directory->building);
    }
    sigprocmask(SIG_SETMASK, &directory->mask, NULL);
}
