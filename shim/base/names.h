/*
 * Each name and number that several rooms must agree on, once.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <string.h>

/* The exit statuses of boxlite-allownet: of its own failures 125, of a command that cannot be
   executed 126, of one that is not there 127, as env(1) and chroot(1) have them; else the
   command's. */
enum exit_status {
    EXIT_GOOD = 0,
    EXIT_BAD = 1, /* a create would be refused, a check has failed */
    EXIT_FAILED = 125,
    EXIT_NOT_EXECUTABLE = 126,
    EXIT_NOT_FOUND = 127
};

/* What boxlite starts for each box. */
#define NAMES_SHIM "boxlite-shim"
/* What it jails the shim with. */
#define NAMES_BWRAP "bwrap"

/* The files of an installation, side by side in one directory. */
#define NAMES_COMMAND         "boxlite-allownet"
#define NAMES_OBJECT          "libboxlite_allownet.so"
#define NAMES_SELFTEST_BRIDGE "libboxlite_allownet_selftest.so"

/* Set to "seen" in the environment of a bwrap that launch has started: our object there is not to
   start over. It stays out of the jail. */
#define NAMES_JAIL_SEEN "BOXLITE_ALLOWNET_JAIL"

/* The last part of a path, borrowed. Not basename(3): in a process that we are preloaded into the
   host may have a function of that name. */
static inline const char *names_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

#endif
