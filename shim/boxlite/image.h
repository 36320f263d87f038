/*
 * What kind of boxlite-shim a file is, told without running it.
 */
#ifndef BOXLITE_IMAGE_H
#define BOXLITE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/base/log.h"

enum image_kind {
    IMAGE_UNREADABLE, /* errno says why */
    IMAGE_FOREIGN,    /* no ELF executable: a script */
    IMAGE_DYNAMIC,    /* the dynamic loader starts it */
    IMAGE_UNAFFECTED, /* static, without the code that needs the repair */
    IMAGE_AFFECTED    /* static, with it */
};

enum image_kind image_read(const char *path);

/* Whether the ELF image in memory, which may be a library or be linked dynamically, holds the code
   that needs the repair. `bytes` is aligned as an ELF header is. */
bool image_is_affected(const void *bytes, size_t size);

/* Logs that the shim at `path` is IMAGE_UNAFFECTED: at debug level, since it is no news. */
void image_tell_unaffected(const struct log *log, const char *path);

#endif
