/*
 * What was about to be executed, and what is executed in its place.
 */
#ifndef LAUNCH_START_H
#define LAUNCH_START_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/base/words.h"
#include "shim/boxlite/bwrap_line.h"

struct start {
    const char *program;
    char **argv;            /* the program's, its name first */
    char **environ;         /* the program's */
    bool jailed;            /* the program is bwrap, */
    struct bwrap_line line; /* and this is its command line */
    bool followed;          /* boxlite-shim is what is started, and not behind something else */
    const char *shim;       /* its path, in the jail if there is one; else what stands in the way */
};

/* Finds the shim in `program` and `argv`. */
void start_read(const char *program, char **argv, char **environment, struct start *out);

/* Executes what was asked for, unchanged; a bwrap without our object in LD_PRELOAD, which would
   bring the start here again. By raw system call, as start_attached: the hooks of our own object
   may be in this process. Returns only with errno. */
void start_plain(const struct start *start);

/*
 * Executes the start with `attach` in front of the shim: in place of the program, or inside its
 * jail, where `command`, the path of this executable, is then found under the same path: bound
 * there, so that nothing else of the jail can be, unless the jail has it of itself. `handover` is
 * the descriptor to pass on. `files` are options for bwrap by which the bridge's own lookups find
 * their answers; without any they are attach's matter. Returns only with errno.
 */
void start_attached(const struct start *start, const char *command, int handover,
                    const struct words *files);

/*
 * For a dynamic shim in a jail: executes the start with `object` bound there and set as LD_PRELOAD,
 * and with `variables` ("NAME=VALUE"), since the jail begins with an empty environment. Returns
 * only with errno.
 */
void start_preloaded(const struct start *start, const char *object, const struct words *variables);

/* The path that `path`, as seen from the start, has out here: without a jail the same. See
   bwrap_line_outside. */
enum bwrap_place start_outside_path(const struct start *start, const char *path, char *out,
                                    size_t size);

#endif
