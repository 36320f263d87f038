/* Goes up a path, from the file to the root, and looks at who may write to each part. */
#include "shim/base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* user_namespaces(7): what an id is shown as that has none in this namespace. */
#define OVERFLOW_ID 65534U

/* Whether a line of a map, see user_namespaces(7), gives a number of this namespace to the id. */
static bool maps(const char *line, unsigned id)
{
    char *rest;
    const unsigned long first = strtoul(line, &rest, 10);
    unsigned long count;

    (void)strtoul(rest, &rest, 10); /* what it is outside */
    count = strtoul(rest, NULL, 10);
    return id - first < count;
}

/* Whether the id stands for all that are outside of our user namespace. `map` is uid_map or gid_map
   in /proc/self. */
static bool is_outside(unsigned id, const char *map)
{
    char line[128];
    FILE *file;
    bool mapped = false;
    bool read = false;

    if (id != OVERFLOW_ID) {
        return false;
    }
    file = fopen(map, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        read = true;
        mapped = mapped || maps(line, id);
    }
    if (file != NULL) {
        fclose(file);
    }
    return read && !mapped;
}

static bool is_trusted_user(uid_t user)
{
    return user == 0 || user == geteuid() || is_outside(user, "/proc/self/uid_map");
}

/* An ordinary user's own group has nobody else in it, or his umask keeps it out of his files. That
   is not so of a group that root, or a set-group-ID program, has taken on. */
static bool is_trusted_group(gid_t group)
{
    const bool own = geteuid() != 0 && group == getegid() && getgid() == getegid();

    return group == 0 || own || is_outside(group, "/proc/self/gid_map");
}

/* Of the first `length` bytes of `path`, of which `status` is. */
static const char *judge(const struct stat *status, const char *path, size_t length, bool last,
                         char *text, size_t size)
{
    const int shown = (int)(length == 0 ? 1 : length);
    const bool shared = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX) != 0 && !last;
    const char *fault = text;

    if (S_ISLNK(status->st_mode)) {
        snprintf(text, size, "%.*s is a link", shown, path);
    } else if (!is_trusted_user(status->st_uid)) {
        snprintf(text, size, "%.*s belongs to user %u", shown, path, status->st_uid);
    } else if ((status->st_mode & S_IWOTH) != 0 && !shared) {
        snprintf(text, size, "everybody can write to %.*s", shown, path);
    } else if ((status->st_mode & S_IWGRP) != 0 && !shared && !is_trusted_group(status->st_gid)) {
        snprintf(text, size, "group %u can write to %.*s", status->st_gid, shown, path);
    } else {
        fault = NULL;
    }
    return fault;
}

/* The next component of the path: false if there is none. *length goes to its end. */
static bool next(const char *path, size_t *length, char *name, size_t size)
{
    const char *begin = path + *length + strspn(path + *length, "/");
    const size_t count = strcspn(begin, "/");

    /* One that is cut is not there, and found to be so. */
    snprintf(name, size, "%.*s", (int)count, begin);
    *length = (size_t)(begin - path) + count;
    return count > 0;
}

/* Whether nothing but slashes is left of `path` at its end. */
static bool is_end(const char *path)
{
    return path[strspn(path, "/")] == '\0';
}

/* Judges the components of `path` that are above the last one, and with `whole` that one as well.
 */
static const char *judge_all(const char *path, bool whole, char *text, size_t size)
{
    const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    char name[PATH_MAX] = "/";
    const char *fault = NULL;
    size_t length = 0;
    int at = AT_FDCWD;

    do {
        const bool last = is_end(path + length);
        const int file = last && !whole ? -1 : openat(at, name, flags);
        struct stat status;

        if (file >= 0 && fstat(file, &status) == 0) {
            fault = judge(&status, path, length, last, text, size);
        } else if (whole || !last) {
            snprintf(text, size, "%.*s: %s", (int)(length == 0 ? 1 : length), path,
                     strerror(errno));
            fault = text;
        }
        if (at != AT_FDCWD) {
            close(at);
        }
        at = file;
        /* Without a directory there is nothing below: it was the last, or there is a fault. */
    } while (fault == NULL && at >= 0 && next(path, &length, name, sizeof(name)));
    if (at >= 0) {
        close(at);
    }
    return fault;
}

const char *trust_fault(const char *path, char *text, size_t size)
{
    return judge_all(path, true, text, size);
}

const char *trust_fault_above(const char *path, char *text, size_t size)
{
    return judge_all(path, false, text, size);
}

bool trust_neighbour(const struct stat *status, const struct stat *neighbour)
{
    return (status->st_uid == 0 || status->st_uid == geteuid() ||
            status->st_uid == neighbour->st_uid) &&
           ((status->st_mode & S_IWOTH) == 0 || (neighbour->st_mode & S_IWOTH) != 0);
}
