/*
 * JSON as Go's encoding/json reads it: the same documents are valid, strings decode to the same
 * bytes, and keys match the same names.
 */
#ifndef ZONES_JSON_H
#define ZONES_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "zones/json_grammar.h"

struct json;

/* Stands for "no node". */
#define JSON_NONE ((size_t)-1)

/* Reads a document; node 0 is its value. *out borrows `text` until json_free. One of 4 GiB or more
   counts as invalid. */
enum json_status json_read(const char *text, size_t length, struct json **out);
void json_free(struct json *json);

enum json_kind json_kind(const struct json *json, size_t node);

/* Elements of an array, members of an object. Takes time for each. */
size_t json_count(const struct json *json, size_t node);

/* First element of an array or first key of an object, JSON_NONE where it is empty. */
size_t json_first(const struct json *json, size_t node);

/* The element or key behind this one, JSON_NONE behind the last. */
size_t json_next(const struct json *json, size_t node);

/* The value of a key. */
size_t json_member(size_t key);

/* The node's bytes in the text are [begin, end); those of a string leave out the quotes. */
size_t json_begin(const struct json *json, size_t node);
size_t json_end(const struct json *json, size_t node);

/* The decoded string, NUL-terminated behind *length bytes; the caller frees it. NULL when memory is
   short. */
char *json_text(const struct json *json, size_t node, size_t *length);

/* Whether Go takes this key for `name`, which is lower case ASCII. */
bool json_key_is(const struct json *json, size_t key, const char *name);

#endif
