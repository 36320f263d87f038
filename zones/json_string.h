/*
 * The inside of JSON strings: escapes and Go's way of matching keys.
 */
#ifndef ZONES_JSON_STRING_H
#define ZONES_JSON_STRING_H

#include <stdbool.h>
#include <stddef.h>

#include "zones/text.h"

/*
 * Decodes what stands between the quotes of a valid JSON string, as Go does: lone surrogates and
 * invalid UTF-8 become U+FFFD. NUL-terminated behind *length bytes; the caller frees it. NULL when
 * memory is short.
 */
char *json_string_decode(const char *raw, size_t raw_length, size_t *length);

/*
 * Whether the key between the quotes is `name` (lower case ASCII) to encoding/json: equal after
 * decoding, save for the case of ASCII letters, with U+017F a form of s and U+212A one of k
 * (encoding/json/fold.go).
 */
bool json_string_folds_to(const char *raw, size_t raw_length, const char *name);

/* Adds `string` with its quotes and escapes. */
void json_string_encode(struct text *out, const char *string);

#endif
