/* Writes to a terminal, or to what is none. */
#include "shim/command/output/terminal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shim/base/variables.h"
#include "zones/text.h"

#define NARROWEST     40U
#define DEFAULT_WIDTH 80U

static bool is_set(const char *name)
{
    const char *value = variables_get(name);

    return value != NULL && value[0] != '\0';
}

static unsigned find_width(int descriptor)
{
    struct winsize size;
    const char *columns = variables_get("COLUMNS");
    unsigned long width = DEFAULT_WIDTH;

    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        width = size.ws_col;
    } else if (columns != NULL && strtoul(columns, NULL, 10) > 0) {
        width = strtoul(columns, NULL, 10);
    }
    if (width < NARROWEST) {
        return NARROWEST;
    }
    return width > 1000 ? 1000 : (unsigned)width;
}

void terminal_open(FILE *stream, struct terminal *out)
{
    const char *term = variables_get("TERM");
    const bool can = term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;

    out->stream = stream;
    out->is_live = can && isatty(fileno(stream)) != 0;
    out->colour = out->is_live && !is_set("NO_COLOR");
    out->width = find_width(fileno(stream));
}

/* ECMA-48, select graphic rendition. */
static const char *begin(const struct terminal *terminal, enum terminal_style style)
{
    if (!terminal->colour) {
        return "";
    }
    switch (style) {
    case TERMINAL_PLAIN:
        break;
    case TERMINAL_STRONG:
        return "\033[1m";
    case TERMINAL_FAINT:
        return "\033[2m";
    case TERMINAL_GOOD:
        return "\033[32m";
    case TERMINAL_WARN:
        return "\033[33m";
    case TERMINAL_BAD:
        return "\033[31m";
    }
    return "";
}

static const char *end(const struct terminal *terminal, enum terminal_style style)
{
    return terminal->colour && style != TERMINAL_PLAIN ? "\033[0m" : "";
}

void terminal_print(const struct terminal *terminal, enum terminal_style style, const char *format,
                    ...)
{
    va_list arguments;

    fputs(begin(terminal, style), terminal->stream);
    va_start(arguments, format);
    vfprintf(terminal->stream, format, arguments);
    va_end(arguments);
    fputs(end(terminal, style), terminal->stream);
}

void terminal_heading(const struct terminal *terminal, const char *text)
{
    fputc('\n', terminal->stream);
    terminal_print(terminal, TERMINAL_STRONG, "%s\n", text);
}

void terminal_mark(const struct terminal *terminal, bool good)
{
    const char *const mark = good ? "ok" : "FAILED";

    terminal_print(terminal, good ? TERMINAL_GOOD : TERMINAL_BAD, "%s", mark);
    fprintf(terminal->stream, "%*s", (int)(TERMINAL_MARKED - strlen(mark)), "");
}

/* Columns of a word; bytes that continue a UTF-8 sequence take none. */
static unsigned word_columns(const char *word, size_t length)
{
    unsigned columns = 0;

    for (size_t i = 0; i < length; i++) {
        columns += ((unsigned char)word[i] & 0xc0U) != 0x80U;
    }
    return columns;
}

/* The line stands at `column`. */
static void wrap(const struct terminal *terminal, unsigned column, unsigned indent,
                 const char *text)
{
    FILE *stream = terminal->stream;
    bool first = true;

    while (text[0] != '\0') {
        const size_t length = strcspn(text, " ");
        const unsigned columns = word_columns(text, length);

        if (!first && column + 1 + columns > terminal->width) {
            fprintf(stream, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', stream);
            column++;
        }
        fwrite(text, 1, length, stream);
        column += columns;
        text += length;
        text += text[0] == ' ';
        first = false;
    }
}

void terminal_wrap(const struct terminal *terminal, enum terminal_style style, unsigned column,
                   unsigned indent, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    terminal_vwrap(terminal, style, column, indent, format, arguments);
    va_end(arguments);
}

char *terminal_printable(const char *format, va_list arguments)
{
    struct text printable = {0};
    char *raw;
    char *text = NULL;

    if (vasprintf(&raw, format, arguments) >= 0) {
        text_add_printable(&printable, raw, strlen(raw), SIZE_MAX);
        text = text_take(&printable);
        free(raw);
    }
    return text;
}

void terminal_vwrap(const struct terminal *terminal, enum terminal_style style, unsigned column,
                    unsigned indent, const char *format, va_list arguments)
{
    char *text = terminal_printable(format, arguments);

    fputs(begin(terminal, style), terminal->stream);
    wrap(terminal, column, indent, text != NULL ? text : "out of memory");
    fprintf(terminal->stream, "%s\n", end(terminal, style));
    free(text);
}
