/* A buffer that holds one line at most: what Go does not read of a file of any size, we do not. */
#include "resolver/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_SIZE = 64 * 1024 };

int lines_open(struct lines *lines, const char *path)
{
    *lines = (struct lines){.file = fopen(path, "re")};
    if (lines->file == NULL) {
        return errno;
    }
    lines->buffer = malloc(BUFFER_SIZE);
    if (lines->buffer == NULL) {
        (void)fclose(lines->file);
        return ENOMEM;
    }
    return 0;
}

static bool next_line(struct lines *lines, struct slice *line)
{
    char *begin = lines->buffer + lines->begin;
    size_t length = lines->end - lines->begin;
    char *newline = memchr(begin, '\n', length);

    if (newline == NULL) {
        return false;
    }
    *line = (struct slice){begin, (size_t)(newline - begin)};
    lines->begin += line->length + 1;
    return true;
}

static void fill(struct lines *lines)
{
    size_t kept = lines->end - lines->begin;
    size_t got;

    memmove(lines->buffer, lines->buffer + lines->begin, kept);
    lines->begin = 0;
    got = fread(lines->buffer + kept, 1, BUFFER_SIZE - kept, lines->file);
    lines->end = kept + got;
    if (lines->end < BUFFER_SIZE && feof(lines->file) == 0) {
        lines->error = errno;
    }
}

bool lines_next(struct lines *lines, struct slice *line)
{
    if (next_line(lines, line)) {
        return true;
    }
    if (lines->done) {
        return false;
    }
    fill(lines);
    if (next_line(lines, line)) {
        return true;
    }
    /* The last line has no newline; a full buffer has no room for one. */
    lines->done = true;
    *line = (struct slice){lines->buffer, lines->end};
    return lines->end > 0 && lines->end < BUFFER_SIZE && lines->error == 0;
}

void lines_close(struct lines *lines)
{
    (void)fclose(lines->file);
    free(lines->buffer);
}

/* ---- what is in a line ---- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

bool slice_next_field(struct slice *rest, struct slice *field)
{
    while (rest->length > 0 && is_blank(*rest->text)) {
        rest->text++;
        rest->length--;
    }
    *field = (struct slice){rest->text, 0};
    while (rest->length > 0 && !is_blank(*rest->text)) {
        rest->text++;
        rest->length--;
        field->length++;
    }
    return field->length > 0;
}

struct slice slice_before(struct slice text, char byte)
{
    const char *found = text.length > 0 ? memchr(text.text, byte, text.length) : NULL;

    return (struct slice){text.text, found != NULL ? (size_t)(found - text.text) : text.length};
}

struct slice slice_trim(struct slice text)
{
    while (text.length > 0 && is_blank(*text.text)) {
        text.text++;
        text.length--;
    }
    while (text.length > 0 && is_blank(text.text[text.length - 1])) {
        text.length--;
    }
    return text;
}

char *slice_copy(struct slice text)
{
    char *copy = malloc(text.length + 1);

    if (copy == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < text.length; i++) {
        copy[i] = (char)(text.text[i] != '\0' ? text.text[i] : '?');
    }
    copy[text.length] = '\0';
    return copy;
}

bool slice_is(struct slice text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.text, word, text.length) == 0;
}

bool slice_begins(struct slice text, const char *word)
{
    return text.length >= strlen(word) && memcmp(text.text, word, strlen(word)) == 0;
}
