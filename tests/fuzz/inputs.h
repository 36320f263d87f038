/*
 * The files of a corpus, one after the other.
 */
#ifndef FUZZ_INPUTS_H
#define FUZZ_INPUTS_H

#include <stddef.h>
#include <stdint.h>

/* `bytes` are in an allocation of just `size`, and end with the call. */
typedef void inputs_fn(const char *path, const uint8_t *bytes, size_t size);

/* Calls `run` for the file, or for all files below the directory in the order of their names. Ends
   the program if one cannot be read. Returns their number. */
size_t inputs_run(const char *path, inputs_fn *run);

#endif
