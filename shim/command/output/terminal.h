/*
 * Text for a person: colour where it is wanted, width where it is known.
 */
#ifndef OUTPUT_TERMINAL_H
#define OUTPUT_TERMINAL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

enum terminal_style {
    TERMINAL_PLAIN,
    TERMINAL_STRONG, /* headings */
    TERMINAL_FAINT,  /* what may be skipped */
    TERMINAL_GOOD,
    TERMINAL_WARN,
    TERMINAL_BAD
};

struct terminal {
    FILE *stream;   /* borrowed */
    bool is_live;   /* a terminal on which lines can be rewritten */
    bool colour;    /* escape sequences for styles are written */
    unsigned width; /* columns, at least 40; 80 where it cannot be told */
};

/*
 * Looks at `stream` and the environment. Colour only on a terminal, not with TERM=dumb or without
 * TERM, and not where NO_COLOR is set and not empty (https://no-color.org). Width: the terminal's,
 * else COLUMNS, else 80.
 */
void terminal_open(FILE *stream, struct terminal *out);

/* Writes formatted text in a style. */
__attribute__((format(printf, 3, 4))) void
terminal_print(const struct terminal *terminal, enum terminal_style style, const char *format, ...);

/* A heading: an empty line, then the text on one of its own. What belongs to it is indented by two
   columns. */
void terminal_heading(const struct terminal *terminal, const char *text);

/* Begins a line with "ok" or "FAILED"; what stands behind it begins at TERMINAL_MARKED. */
#define TERMINAL_MARKED 8U
void terminal_mark(const struct terminal *terminal, bool good);

/* Formatted text in which control characters appear as \xNN: names of other users' files and
   processes are shown, too. The caller frees it; NULL when memory was short. */
__attribute__((format(printf, 1, 0))) char *terminal_printable(const char *format,
                                                               va_list arguments);

/*
 * Writes formatted text broken at spaces so that no line is wider than the terminal; lines after
 * the first begin with `indent` spaces, `column` is where the first one begins. A word that is
 * wider than a line stays whole, so that it can be copied. Control characters appear as \xNN: what
 * is printed comes from files and the network. Ends with a newline.
 */
__attribute__((format(printf, 5, 6))) void terminal_wrap(const struct terminal *terminal,
                                                         enum terminal_style style, unsigned column,
                                                         unsigned indent, const char *format, ...);
__attribute__((format(printf, 5, 0))) void terminal_vwrap(const struct terminal *terminal,
                                                          enum terminal_style style,
                                                          unsigned column, unsigned indent,
                                                          const char *format, va_list arguments);

#endif
