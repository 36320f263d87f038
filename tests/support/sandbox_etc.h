/*
 * A private /etc, in which the files that steer name resolution are the test's own.
 */
#ifndef SUPPORT_SANDBOX_ETC_H
#define SUPPORT_SANDBOX_ETC_H

#include <stddef.h>

/* Where a file's content comes from. */
enum sandbox_etc_source {
    SANDBOX_ETC_BUILTIN, /* `content` */
    SANDBOX_ETC_COPY,    /* a copy of the file open at `fd` */
    SANDBOX_ETC_LINKED,  /* the file of that name in the directory given, while there is one */
    SANDBOX_ETC_HIDDEN   /* there is none */
};

struct sandbox_etc_file {
    const char *name; /* in /etc, no directory in it */
    enum sandbox_etc_source source;
    const char *content;
    int fd;
};

/*
 * Puts a tmpfs over /etc in this mount namespace, which must be private. It has the `count` files,
 * and everything else that /etc had. `directory` (absolute, or NULL) serves the LINKED ones.
 * Returns 0, or -1 with errno and the system call that failed in *call. The working directory is
 * then undefined.
 */
int sandbox_etc_mount(const struct sandbox_etc_file *files, size_t count, const char *directory,
                      const char **call);

#endif
