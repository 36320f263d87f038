/* Finds the running command's own file, and what lies beside it. */
#include "shim/base/home.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "shim/base/keep.h"
#include "shim/base/variables.h"

/* A file that was replaced, by an upgrade say, has no name any more, and the kernel says so behind
   the one that it had (d_path). Its successor is there. */
static void forget_deletion(char *path, size_t length)
{
    static const char deleted[] = " (deleted)";
    const size_t suffix = sizeof(deleted) - 1;

    if (length > suffix && strcmp(path + length - suffix, deleted) == 0 &&
        access(path, F_OK) != 0) {
        path[length - suffix] = '\0';
    }
}

bool home_command(char *path, size_t size)
{
    const ssize_t length = readlink("/proc/self/exe", path, size - 1);
    KEEP_ERRNO;
    const char *executed = (const char *)getauxval(AT_EXECFN);

    if (length >= 0) {
        path[length] = '\0';
        forget_deletion(path, (size_t)length);
        return true;
    }
    if (executed != NULL && executed[0] == '/' && strlen(executed) < size &&
        !variables_are_foreign()) {
        snprintf(path, size, "%s", executed);
        return true;
    }
    path[0] = '\0';
    return false;
}

const char *home_find(const char *name, char *path, size_t size)
{
    char found[PATH_MAX];
    char *slash;

    if (!home_command(found, sizeof(found))) {
        snprintf(path, size, "cannot read /proc/self/exe: %s; mount /proc", strerror(errno));
        return path;
    }
    slash = strrchr(found, '/');
    if ((size_t)(slash + 1 - found) + strlen(name) >= size) {
        return "the path of this command is too long; move it to another directory";
    }
    *slash = '\0';
    /* ld.so(8): LD_PRELOAD is split at spaces and colons, and there is no way to quote one. */
    if (strpbrk(found, " :") != NULL) {
        snprintf(path, size,
                 "\"%s/%s\" contains a space or a colon, which would split it in LD_PRELOAD; "
                 "move it to a directory whose path has neither",
                 found, name);
        return path;
    }
    snprintf(path, size, "%s/%s", found, name);
    if (access(path, R_OK) != 0) {
        const int error = errno;

        snprintf(path, size, "cannot read %s/%s: %s; it belongs beside this command", found, name,
                 strerror(error));
        return path;
    }
    return NULL;
}
