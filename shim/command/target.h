/*
 * Whether LD_PRELOAD can enter a program, told before it is started.
 */
#ifndef COMMAND_TARGET_H
#define COMMAND_TARGET_H

#include <stddef.h>

/*
 * Looks at the program in `path`, or at the interpreter that its first line names, and judges
 * whether `object` can be preloaded into it. Returns NULL if so, or if it cannot be told; else a
 * text in `text` that says what keeps it out and what to do.
 */
const char *target_fault(const char *path, const char *object, char *text, size_t size);

#endif
