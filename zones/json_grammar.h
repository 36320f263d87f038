/*
 * Which bytes are JSON, and where each value is in them. A splice into something that only looks
 * like JSON would change its meaning, so nothing but RFC 8259 passes.
 */
#ifndef ZONES_JSON_GRAMMAR_H
#define ZONES_JSON_GRAMMAR_H

#include <stddef.h>
#include <stdint.h>

enum json_status { JSON_OK, JSON_INVALID, JSON_NOMEM };

enum json_kind {
    JSON_NULL,
    JSON_SCALAR, /* number, true or false */
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

/* One value or key. Those inside it come right behind it: the elements of an array, the keys of an
   object, each with its value. */
struct json_span {
    uint32_t begin; /* bytes [begin, end); those of a string leave out the quotes */
    uint32_t end;
    uint32_t next;  /* the first span behind it that is not inside it */
    uint16_t depth; /* equal for elements of one array and for keys of one object */
    uint8_t kind;   /* enum json_kind */
};

/*
 * Reads one value, nested at most 10,000 deep (the limit of Go's encoding/json), of less than 4
 * GiB. Invalid UTF-8 within strings passes, as it does in Go. On JSON_OK the caller frees *spans,
 * of which there are *count, the first of them the whole value; otherwise there are none.
 */
enum json_status json_grammar_read(const char *text, size_t length, struct json_span **spans,
                                   size_t *count);

#endif
