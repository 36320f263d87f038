/*
 * Lines of a configuration file, cut as Go's net package cuts them (file.readLine and getFields in
 * net/parse.go): a line that does not fit into 64 KiB ends the file, a NUL is a byte like any
 * other.
 */
#ifndef RESOLVER_LINES_H
#define RESOLVER_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Bytes that belong to somebody else; not terminated. */
struct slice {
    const char *text;
    size_t length;
};

struct lines {
    FILE *file;   /* owned */
    char *buffer; /* owned */
    size_t begin; /* of what has not been given out */
    size_t end;
    int error; /* errno of reading: the file was not read to its end; 0 for none */
    bool done;
};

/* Returns 0, or the errno of opening; `lines` is then not to be closed. */
int lines_open(struct lines *lines, const char *path);

/* False at the end. The line, without its newline, is valid until the next call. */
bool lines_next(struct lines *lines, struct slice *line);

void lines_close(struct lines *lines);

/* Takes the next field, between blanks, off the front of `rest`. False if there is none. */
bool slice_next_field(struct slice *rest, struct slice *field);

/* What stands before the first `byte`; all of it if there is none. */
struct slice slice_before(struct slice text, char byte);

/* Without the blanks at both ends. */
struct slice slice_trim(struct slice text);

/* A copy that ends with a NUL and has none but that, question marks instead; the caller's to free.
   NULL when memory is short. */
char *slice_copy(struct slice text);

bool slice_is(struct slice text, const char *word);
bool slice_begins(struct slice text, const char *word);

#endif
