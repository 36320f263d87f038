/*
 * Which bytes are JSON. jsmn, even with JSMN_STRICT, takes {"a" "b"}, {"a":1,}, [tru] and {}{}, and
 * a splice into something that only looks like JSON would change its meaning.
 */
#ifndef ZONES_JSON_GRAMMAR_H
#define ZONES_JSON_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether the bytes are one JSON value by RFC 8259, nested at most 10,000 deep (the limit of Go's
 * encoding/json). Invalid UTF-8 within strings passes, as it does in Go. *tokens is the number of
 * arrays, objects, strings (keys too) and other scalars.
 */
bool json_grammar_accepts(const char *text, size_t length, size_t *tokens);

#endif
