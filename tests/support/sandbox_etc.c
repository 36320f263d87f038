/*
 * The tmpfs over /etc gets a bind mount for every file and directory of the /etc below it, and a
 * copy of every symlink, so that relative links lead where they led. The covered /etc stays within
 * reach as the working directory; no staging directory and no /proc are needed, and it is all the
 * same whether resolv.conf was a file, a mount of its own or a link into /run.
 *
 * Files from the test's directory are symlinks into a mount of that directory below /etc: a bind
 * mount of the file itself would keep showing the old one after a rename, and could not go away.
 */
#include "tests/support/sandbox_etc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKED_DIRECTORY ".sandbox"

static int failed(const char **call, const char *name)
{
    *call = name;
    return -1;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);

        if (written < 0 && errno != EINTR) {
            return -1;
        }
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

static int copy_all(int to, int from)
{
    char bytes[4096];

    for (;;) {
        ssize_t got = read(from, bytes, sizeof(bytes));

        if (got == 0) {
            return 0;
        }
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        if (got > 0 && write_all(to, bytes, (size_t)got) != 0) {
            return -1;
        }
    }
}

static int create_file(int etc, const struct sandbox_etc_file *file, const char **call)
{
    int fd = openat(etc, file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int result;

    if (fd < 0) {
        return failed(call, "open");
    }
    if (file->source == SANDBOX_ETC_COPY) {
        result = copy_all(fd, file->fd);
    } else {
        result = write_all(fd, file->content, strlen(file->content));
    }
    close(fd);
    return result == 0 ? 0 : failed(call, "write");
}

static int place_file(int etc, const struct sandbox_etc_file *file, const char **call)
{
    char target[NAME_MAX + sizeof(LINKED_DIRECTORY) + 1];

    switch (file->source) {
    case SANDBOX_ETC_BUILTIN:
    case SANDBOX_ETC_COPY:
        return create_file(etc, file, call);
    case SANDBOX_ETC_LINKED:
        snprintf(target, sizeof(target), LINKED_DIRECTORY "/%s", file->name);
        return symlinkat(target, etc, file->name) == 0 ? 0 : failed(call, "symlink");
    case SANDBOX_ETC_HIDDEN:
        break;
    }
    return 0;
}

static int copy_link(int etc, const char *name, const char **call)
{
    char target[PATH_MAX];
    ssize_t length = readlink(name, target, sizeof(target) - 1);

    if (length < 0) {
        return failed(call, "readlink");
    }
    target[length] = '\0';
    return symlinkat(target, etc, name) == 0 ? 0 : failed(call, "symlink");
}

/* Makes /etc/NAME and mounts `source` there. */
static int bind_entry(int etc, const char *source, const char *name, bool directory,
                      const char **call)
{
    char target[NAME_MAX + sizeof("/etc/")];

    if (directory) {
        if (mkdirat(etc, name, 0755) != 0) {
            return failed(call, "mkdir");
        }
    } else {
        int fd = openat(etc, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        if (fd < 0) {
            return failed(call, "open");
        }
        close(fd);
    }
    snprintf(target, sizeof(target), "/etc/%s", name);
    if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) != 0) {
        return failed(call, "mount");
    }
    return 0;
}

static int keep_entry(int etc, const char *name, const char **call)
{
    struct stat entry;

    if (fstatat(AT_FDCWD, name, &entry, AT_SYMLINK_NOFOLLOW) != 0) {
        return failed(call, "fstatat");
    }
    if (S_ISLNK(entry.st_mode)) {
        return copy_link(etc, name, call);
    }
    return bind_entry(etc, name, name, S_ISDIR(entry.st_mode), call);
}

/* An entry that the new /etc has already, or that only directories have. */
static bool is_replaced(const char *name, const struct sandbox_etc_file *files, size_t count)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, LINKED_DIRECTORY) == 0) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, files[i].name) == 0) {
            return true;
        }
    }
    return false;
}

static int keep_entries(int etc, const struct sandbox_etc_file *files, size_t count,
                        const char **call)
{
    DIR *covered = opendir(".");
    int result = 0;

    if (covered == NULL) {
        return failed(call, "opendir");
    }
    while (result == 0) {
        struct dirent *entry;

        errno = 0;
        entry = readdir(covered);
        if (entry == NULL) {
            result = errno == 0 ? 0 : failed(call, "readdir");
            break;
        }
        if (!is_replaced(entry->d_name, files, count)) {
            result = keep_entry(etc, entry->d_name, call);
        }
    }
    closedir(covered);
    return result;
}

int sandbox_etc_mount(const struct sandbox_etc_file *files, size_t count, const char *directory,
                      const char **call)
{
    int etc = -1;
    int result = -1;

    if (chdir("/etc") != 0) {
        return failed(call, "chdir");
    }
    if (mount("tmpfs", "/etc", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) {
        return failed(call, "mount");
    }
    etc = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (etc < 0) {
        return failed(call, "open");
    }
    if (keep_entries(etc, files, count, call) != 0) {
        goto out;
    }
    if (directory != NULL && bind_entry(etc, directory, LINKED_DIRECTORY, true, call) != 0) {
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        if (place_file(etc, &files[i], call) != 0) {
            goto out;
        }
    }
    result = 0;
out:
    close(etc);
    return result;
}
