/*
 * Small files, and those of /proc, as text.
 */
#ifndef BASE_TEXT_FILE_H
#define BASE_TEXT_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* The whole file, ended by a NUL (which it may hold others of before), *length bytes; the caller's
   to free. NULL with errno; EFBIG beyond 256 MiB. `length` may be NULL. */
char *text_file_read(const char *path, size_t *length);

/* As above, of /proc/PID/NAME. */
char *text_file_of_process(pid_t pid, const char *name, size_t *length);

/* What a link of /proc/PID leads to. -1 with errno; "" in `out`. */
int text_file_link(pid_t pid, const char *name, char *out, size_t size);

/* The number behind `key` at the beginning of a line, in base 10 or, for `base` 16, 16; -1 if there
   is none. */
long long text_file_number(const char *text, const char *key, int base);

#endif
