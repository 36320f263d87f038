/*
 * What kind of boxlite-shim a file is, told without running it.
 */
#ifndef BOXLITE_IMAGE_H
#define BOXLITE_IMAGE_H

#include <stddef.h>

#include "shim/base/log.h"

/* Whether a bridge needs the repair. That it does not takes proof as well: a wrapper, a packed shim
   or one of a build that nobody has seen may hold an affected bridge all the same. */
enum image_health { IMAGE_HEALTH_UNKNOWN, IMAGE_HEALTH_UNAFFECTED, IMAGE_HEALTH_AFFECTED };

enum image_kind {
    IMAGE_UNREADABLE, /* errno says why */
    IMAGE_FOREIGN,    /* no ELF executable: a script */
    IMAGE_DYNAMIC,    /* the dynamic loader starts it */
    IMAGE_UNKNOWN,    /* static, and nothing says whether it needs the repair */
    IMAGE_UNAFFECTED, /* static, and known not to need it */
    IMAGE_AFFECTED    /* static, with the code that needs it */
};

/* Reads the file at `path`. System calls and string functions only, no heap and no locks, so that a
   vforked child may call it; what it maps it unmaps. */
enum image_kind image_read(const char *path);

/*
 * Judges an ELF image in memory, which may be a library or be linked dynamically, by, in this
 * order: the text of the affected code; the revision that Go wrote down, where it is one of the
 * table of releases; a text of the newer bridge; the lack of any rules in a bridge with
 * gvisor-tap-vsock in it. `bytes` is aligned as an ELF header is.
 */
enum image_health image_judge(const void *bytes, size_t size);

/* Logs that the shim at `path` is IMAGE_UNAFFECTED: at debug level, since it is no news. */
void image_tell_unaffected(const struct log *log, const char *path);

#endif
