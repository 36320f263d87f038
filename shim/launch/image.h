/*
 * What kind of boxlite-shim a file is, told without running it.
 */
#ifndef LAUNCH_IMAGE_H
#define LAUNCH_IMAGE_H

enum image_kind {
    IMAGE_UNREADABLE, /* errno says why */
    IMAGE_FOREIGN,    /* no ELF executable: a script */
    IMAGE_DYNAMIC,    /* the dynamic loader starts it */
    IMAGE_UNAFFECTED, /* static, without the code that needs the repair */
    IMAGE_AFFECTED    /* static, with it */
};

enum image_kind image_read(const char *path);

#endif
