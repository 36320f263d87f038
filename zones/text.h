/*
 * A text that grows. Failure is remembered, so that a series of additions is checked once, at its
 * end.
 */
#ifndef ZONES_TEXT_H
#define ZONES_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
    char *bytes; /* NUL-terminated once anything was added */
    size_t length;
    size_t room;
    bool failed; /* memory was short: the text is incomplete */
};

void text_add(struct text *text, const char *bytes, size_t length);
void text_add_string(struct text *text, const char *string);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vformat(struct text *text, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/*
 * Adds bytes for a person to read: what could drive a terminal or forge a log line (control
 * characters, line separators, direction marks, broken UTF-8) appears as \xNN, and after about
 * `limit` bytes the rest is "...".
 */
void text_add_printable(struct text *text, const char *bytes, size_t length, size_t limit);

/* Hands over the bytes (the caller frees them) and empties *text. NULL when memory was short. */
char *text_take(struct text *text);

/* Frees the bytes and empties *text. */
void text_clear(struct text *text);

#endif
