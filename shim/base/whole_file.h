/*
 * A file of any kind, read to its end into memory; or bytes of one.
 */
#ifndef BASE_WHOLE_FILE_H
#define BASE_WHOLE_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct whole_file {
    char *bytes; /* a NUL behind `length` bytes, which may hold others; may be secrets */
    size_t length;
};

/* Reads the whole of `path`, or of standard input for "-", which may be a pipe. Returns 0, or -1
   with errno, EFBIG if it has `limit` bytes or more; *out is then empty. End with whole_file_clear.
   No other copy of the bytes stays in memory. */
int whole_file_read(const char *path, size_t limit, struct whole_file *out);

/* As above, what is left of an open file. */
int whole_file_take(int file, size_t limit, struct whole_file *out);

/* Reads `size` bytes at `offset` of an open file. Returns 0, or -1 with errno, EBADMSG where the
   file ends before them. Async-signal-safe. */
int whole_file_read_at(int file, void *out, size_t size, off_t offset);

/* Wipes and frees. Takes a zeroed or emptied file. */
void whole_file_clear(struct whole_file *file);

#endif
