/*
 * The box's configuration on its way through: read from standard input to its end, and handed on as
 * the standard input of what is started next. It holds secrets: one copy, wiped when it is gone.
 */
#ifndef LAUNCH_CONFIG_BYTES_H
#define LAUNCH_CONFIG_BYTES_H

#include <stdbool.h>
#include <stddef.h>

struct config_bytes {
    char *bytes; /* a mapping of `room` bytes, or NULL */
    size_t length;
    size_t room;
};

/* Reads standard input until its end. Returns 0, or -1 with errno and what was read until then. The
   caller ends it with config_bytes_clear. */
int config_bytes_read(struct config_bytes *out);

/* Reads what is left of standard input, keeping nothing: a parent that finds its pipe broken
   reports that, and not our text. Gives up at an error that is none of a signal's. */
void config_bytes_drain(void);

/*
 * Makes a fresh pipe with the bytes in it standard input. What does not fit the pipe is written by
 * a process of its own, a child if `child_is_reaped` (whatever runs in this process next waits for
 * children it does not know), else nobody's. Returns 0, or -1 with errno.
 */
int config_bytes_hand_on(const struct config_bytes *config, bool child_is_reaped);

/* Wipes the bytes and lets go of them. Takes a zeroed structure. */
void config_bytes_clear(struct config_bytes *config);

#endif
