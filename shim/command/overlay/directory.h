/*
 * A directory that is filled beside its place and appears there all at once, or not at all.
 */
#ifndef OVERLAY_DIRECTORY_H
#define OVERLAY_DIRECTORY_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The files of an overlay. The firmware's name is libkrun's, the first is boxlite's. */
#define DIRECTORY_COMMAND  "boxlite-shim"
#define DIRECTORY_SHIM     "boxlite-shim.original"
#define DIRECTORY_FIRMWARE "libkrunfw.so.5"

struct directory {
    char path[PATH_MAX];         /* where it is to be; absolute, without links */
    bool replaces;               /* an overlay is there already */
    char building[PATH_MAX + 8]; /* where it is filled; "" if there is none */
    sigset_t mask;               /* the caller's */
};

/*
 * Begins one for `path`, which must not exist, or be an overlay and hold nothing else, in a place
 * that only root and the caller can change. Every function says on standard error what is wrong
 * before it returns false; directory_end is due in any case. A signal that would end the process
 * waits until then.
 */
bool directory_begin(const char *path, struct directory *out);

/* Copies the first `size` bytes of `source` (-1: all), then `length` bytes of `tail`, into the
   executable file `name`. */
bool directory_add(const struct directory *directory, const char *name, const char *source,
                   off_t size, const char *tail, size_t length);

/* Puts it in its place. */
bool directory_commit(struct directory *directory);

/* Removes what was not committed. */
void directory_end(struct directory *directory);

#endif
