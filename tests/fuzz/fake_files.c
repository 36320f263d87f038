/* The files that only the code under test sees. */
#include "tests/fuzz/fake_files.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define DIRECTORY "/v/bin"
#define BWRAP     "/v/bin/bwrap"

static int dynamic_image = -1;
static int static_image = -1;
static int script_image = -1;

int __wrap_fstatat(int directory, const char *path, struct stat *out, int flags);
int __wrap_stat(const char *path, struct stat *out);
int __wrap_access(const char *path, int mode);
int __wrap_open(const char *path, int flags, ...);
ssize_t __wrap_readlink(const char *path, char *buffer, size_t size);

int __real_fstatat(int directory, const char *path, struct stat *out, int flags);
int __real_stat(const char *path, struct stat *out);
int __real_access(const char *path, int mode);
int __real_open(const char *path, int flags, ...);
ssize_t __real_readlink(const char *path, char *buffer, size_t size);

static int make_file(const void *bytes, size_t size)
{
    const int file = memfd_create("image", MFD_CLOEXEC);

    fuzz_require(file >= 0 && write(file, bytes, size) == (ssize_t)size);
    return file;
}

void fake_files_prepare(void)
{
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segment;
    } image = {.header = {.e_ident = ELFMAG, .e_phnum = 1, .e_phoff = sizeof(Elf64_Ehdr)}};

    if (dynamic_image >= 0) {
        return;
    }
    image.segment.p_type = PT_LOAD;
    static_image = make_file(&image, sizeof(image));
    image.segment.p_type = PT_INTERP;
    dynamic_image = make_file(&image, sizeof(image));
    script_image = make_file("#!/bin/sh\n", 10);
    setenv("PATH", "/v/none:/v/bin::/v/dyn", 1);
}

static bool is_ours(const char *path)
{
    return strncmp(path, "/v/", 3) == 0;
}

static bool is_there(const char *path)
{
    const char *base = strrchr(path, '/') + 1;

    return strncmp(path, "/v/none/", 8) != 0 &&
           (strcmp(base, "bwrap") == 0 || strcmp(base, "boxlite-shim") == 0);
}

static int answer(const char *path, struct stat *out)
{
    if (!is_there(path)) {
        errno = ENOENT;
        return -1;
    }
    memset(out, 0, sizeof(*out));
    out->st_mode = S_IFREG | 0755;
    out->st_ino = fuzz_hash(path, strlen(path));
    return 0;
}

int __wrap_fstatat(int directory, const char *path, struct stat *out, int flags)
{
    char whole[8192];

    if (directory == FAKE_BWRAP) {
        return answer(BWRAP, out);
    }
    if (directory == FAKE_DIRECTORY && path[0] != '/') {
        snprintf(whole, sizeof(whole), DIRECTORY "/%s", path);
        return answer(whole, out);
    }
    return is_ours(path) ? answer(path, out) : __real_fstatat(directory, path, out, flags);
}

int __wrap_stat(const char *path, struct stat *out)
{
    return is_ours(path) ? answer(path, out) : __real_stat(path, out);
}

int __wrap_access(const char *path, int mode)
{
    struct stat ignored;

    return is_ours(path) ? answer(path, &ignored) : __real_access(path, mode);
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    if (is_ours(path)) {
        if (!is_there(path)) {
            errno = ENOENT;
            return -1;
        }
        return dup(strncmp(path, "/v/dyn/", 7) == 0       ? dynamic_image
                   : strncmp(path, "/v/script/", 10) == 0 ? script_image
                                                          : static_image);
    }
    va_start(arguments, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return __real_open(path, flags, mode);
}

ssize_t __wrap_readlink(const char *path, char *buffer, size_t size)
{
    char link[64];

    for (int fd = FAKE_DIRECTORY; fd <= FAKE_BWRAP; fd++) {
        const char *target = fd == FAKE_BWRAP ? BWRAP : DIRECTORY;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        if (strcmp(path, link) == 0) {
            fuzz_require(strlen(target) <= size);
            memcpy(buffer, target, strlen(target));
            return (ssize_t)strlen(target);
        }
    }
    return __real_readlink(path, buffer, size);
}
