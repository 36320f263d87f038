/*
 * A text that grows by doubling.
 */
#include "zones/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zones/utf8.h"

/* Makes room for `more` bytes and a terminator. */
static bool reserve(struct text *text, size_t more)
{
    size_t room = text->room == 0 ? 64 : text->room;
    char *grown = NULL;

    if (text->failed || more > SIZE_MAX / 4 - text->length) {
        text->failed = true;
        return false;
    }
    if (text->bytes != NULL && text->length + more < text->room) {
        return true;
    }
    while (room <= text->length + more) {
        room *= 2;
    }
    grown = realloc(text->bytes, room);
    if (grown == NULL) {
        text->failed = true;
        return false;
    }
    text->bytes = grown;
    text->room = room;
    return true;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length)) {
        return;
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_vformat(struct text *text, const char *format, va_list arguments)
{
    va_list again;
    int length = 0;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        text->failed = true;
    }
    if (!reserve(text, length < 0 ? 0 : (size_t)length)) {
        return;
    }
    (void)vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
    text->length += (size_t)length;
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_vformat(text, format, arguments);
    va_end(arguments);
}

/* Whether a terminal or a log would take the character for anything but itself. */
static bool is_unprintable(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7f && rune < 0xa0) || /* C0, DEL, C1 */
           rune == 0x200e || rune == 0x200f ||             /* direction marks */
           (rune >= 0x2028 && rune <= 0x202e) ||           /* separators, embeddings, overrides */
           (rune >= 0x2066 && rune <= 0x2069);             /* isolates */
}

void text_add_printable(struct text *text, const char *bytes, size_t length, size_t limit)
{
    size_t begin = text->length;

    for (size_t at = 0; at < length;) {
        uint32_t rune = 0;
        size_t size = utf8_read(bytes + at, length - at, &rune);

        if (text->length - begin >= limit) {
            text_add_string(text, "...");
            return;
        }
        if (is_unprintable(rune) || (rune == UTF8_REPLACEMENT && size == 1)) {
            for (size_t i = 0; i < size; i++) {
                text_format(text, "\\x%02x", (unsigned)(unsigned char)bytes[at + i]);
            }
        } else {
            text_add(text, bytes + at, size);
        }
        at += size;
    }
}

char *text_take(struct text *text)
{
    char *bytes = NULL;

    text_add(text, "", 0);
    if (text->failed) {
        free(text->bytes);
    } else {
        bytes = text->bytes;
    }
    *text = (struct text){0};
    return bytes;
}

void text_clear(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}
