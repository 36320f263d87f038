/*
 * A command line of bubblewrap's, read as bubblewrap itself reads it (parse_args_recurse in its
 * bubblewrap.c, 0.8 to 0.12): options with the values that each takes, then "--" or the first word
 * that does not begin with a dash, then the command. A "--" that is the value of an option ends
 * nothing.
 *
 * Plain reading of words, for the hooks in vforked children too: no heap, no locks, no errno but
 * where it is said.
 */
#ifndef BOXLITE_BWRAP_LINE_H
#define BOXLITE_BWRAP_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum bwrap_line_kind {
    BWRAP_LINE_COMMAND,   /* argv[command] is executed in the jail */
    BWRAP_LINE_NOTHING,   /* nothing is: it asks for help or the version, or is incomplete */
    BWRAP_LINE_UNREADABLE /* argv[options_end] is an option that is not known here, so that nobody
                             can tell how many values it takes and where the command is */
};

struct bwrap_line {
    enum bwrap_line_kind kind;
    size_t options_end; /* argv[1] up to here are options and their values */
    size_t command;     /* behind the "--", where there is one */
};

/* Reads argv, NULL-terminated with the program's name first. */
struct bwrap_line bwrap_line_read(char *const argv[]);

/* The last value that `option` is given in the line, NULL if it is not there or takes none. */
const char *bwrap_line_value(char *const argv[], const struct bwrap_line *line, const char *option);

/* Where a path of the jail is out here. */
enum bwrap_place {
    BWRAP_PLACE_KNOWN,  /* in the source of the last mount that covers it */
    BWRAP_PLACE_HIDDEN, /* the jail may have it, from a place that cannot be looked into */
    BWRAP_PLACE_NONE    /* no mount covers it */
};

/* Writes the path that `path` has outside to `out` where that is known; a path that does not fit
   `size` bytes is hidden. Keeps errno. */
enum bwrap_place bwrap_line_outside(char *const argv[], const struct bwrap_line *line,
                                    const char *path, char *out, size_t size);

/* Whether the jail has `path`, absolute and without links, under the same path and cannot write to
   it. Keeps errno. */
bool bwrap_line_shows(char *const argv[], const struct bwrap_line *line, const char *path);

/* Where in argv, at an option or at their end, more of them may be put in: for one that shows
   `path` behind what covers it, and before --remount-ro closes what it is in, where bwrap could not
   make the mount's place; with NULL behind all, but for such as --perms, which ask for an option of
   a certain kind to follow. Keeps errno. */
size_t bwrap_line_room(char *const argv[], const struct bwrap_line *line, const char *path);

enum bwrap_line_shim {
    BWRAP_LINE_SHIM_NONE,     /* no word of the line names boxlite-shim */
    BWRAP_LINE_SHIM_COMMAND,  /* it is the command, under this name or as a link's target */
    BWRAP_LINE_SHIM_MENTIONED /* it is named, but something else, such as env or sh, would start it,
                                 or the line cannot be read up to the command */
};

/* Whether the line starts boxlite-shim. Links are followed out here, as far as the places of the
   jail are known, by system calls that a vforked child may make. Keeps errno. */
enum bwrap_line_shim bwrap_line_shim(char *const argv[], const struct bwrap_line *line);

#endif
