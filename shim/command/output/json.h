/*
 * JSON for a program, written with jansson, whose own names begin with json_. Shortness of memory
 * is remembered and told once, at the end: an object under construction may be incomplete until
 * output_finish has returned 0.
 */
#ifndef OUTPUT_JSON_H
#define OUTPUT_JSON_H

#include <jansson.h>
#include <netinet/in.h>
#include <stdbool.h>

/* `text` as a string value; bytes that are no UTF-8 (in a path, in a rule) become U+FFFD. NULL
   gives JSON's null. Returns NULL when memory is short, which the functions below take. */
json_t *output_text(const char *text);

/* Likewise, and null for "" as well. */
json_t *output_text_or_null(const char *text);

/* "192.0.2.1". */
json_t *output_address(const struct in_addr *address);

/* Sets a key of `object` to `value`, which it takes; *failed becomes true when memory was short. */
void output_put(json_t *object, const char *key, json_t *value, bool *failed);

/* Appends `value`, which it takes, to `array`; *failed likewise. */
void output_add(json_t *array, json_t *value, bool *failed);

/* Writes `root` to standard output, indented, with a newline, and releases it. Returns 0, or -1
   with a message of `command` on standard error where memory was short. Whether all could be
   written shows on the stream. */
int output_finish(const char *command, json_t *root, bool failed);

#endif
