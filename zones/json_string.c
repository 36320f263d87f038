/*
 * JSON strings to bytes and back, RFC 8259 section 7, with encoding/json's choices where the RFC
 * leaves one.
 */
#include "zones/json_string.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "zones/utf8.h"

struct cursor {
    const char *at;
    const char *end;
};

static uint32_t hex_value(char digit)
{
    if (digit <= '9') {
        return (uint32_t)(digit - '0');
    }
    return (uint32_t)((digit | 0x20) - 'a' + 10);
}

/* The four digits behind "\u" at the cursor; false where there is no such escape. */
static bool peek_unit(const struct cursor *cursor, uint32_t *unit)
{
    if (cursor->end - cursor->at < 6 || cursor->at[0] != '\\' || cursor->at[1] != 'u') {
        return false;
    }
    *unit = 0;
    for (int i = 2; i < 6; i++) {
        *unit = *unit << 4 | hex_value(cursor->at[i]);
    }
    return true;
}

/* A UTF-16 unit, or two of them where they make a pair. */
static uint32_t next_unit(struct cursor *cursor)
{
    uint32_t high = 0;
    uint32_t low = 0;

    (void)peek_unit(cursor, &high);
    cursor->at += 6;
    if (high < 0xd800 || high > 0xdfff) {
        return high;
    }
    if (high < 0xdc00 && peek_unit(cursor, &low) && low >= 0xdc00 && low <= 0xdfff) {
        cursor->at += 6;
        return 0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00));
    }
    return UTF8_REPLACEMENT; /* what follows is read on its own */
}

static uint32_t next_rune(struct cursor *cursor)
{
    static const char escapes[] = "bfnrt";
    static const char meanings[] = "\b\f\n\r\t";
    const char *escape = NULL;
    uint32_t rune = 0;

    if (*cursor->at != '\\') {
        cursor->at += utf8_read(cursor->at, (size_t)(cursor->end - cursor->at), &rune);
        return rune;
    }
    if (cursor->at[1] == 'u') {
        return next_unit(cursor);
    }
    escape = strchr(escapes, cursor->at[1]);
    rune = (unsigned char)(escape == NULL ? cursor->at[1] : meanings[escape - escapes]);
    cursor->at += 2;
    return rune;
}

char *json_string_decode(const char *raw, size_t raw_length, size_t *length)
{
    struct cursor cursor = {.at = raw, .end = raw + raw_length};
    char encoded[4];
    char *decoded = NULL;
    size_t size = 0;

    while (cursor.at < cursor.end) {
        size += utf8_write(next_rune(&cursor), encoded);
    }
    decoded = malloc(size + 1);
    if (decoded == NULL) {
        return NULL;
    }
    *length = 0;
    cursor.at = raw;
    while (cursor.at < cursor.end) {
        size_t step = utf8_write(next_rune(&cursor), encoded);

        memcpy(decoded + *length, encoded, step);
        *length += step;
    }
    decoded[*length] = '\0';
    return decoded;
}

static uint32_t fold(uint32_t rune)
{
    if (rune >= 'A' && rune <= 'Z') {
        return rune - 'A' + 'a';
    }
    switch (rune) {
    case 0x017f:
        return 's';
    case 0x212a:
        return 'k';
    default:
        return rune;
    }
}

bool json_string_folds_to(const char *raw, size_t raw_length, const char *name)
{
    struct cursor cursor = {.at = raw, .end = raw + raw_length};

    while (cursor.at < cursor.end && *name != '\0') {
        if (fold(next_rune(&cursor)) != (unsigned char)*name++) {
            return false;
        }
    }
    return cursor.at == cursor.end && *name == '\0';
}

void json_string_encode(struct text *out, const char *string)
{
    const char *plain = string;
    const char *at = string;

    text_add(out, "\"", 1);
    for (; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;

        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        text_add(out, plain, (size_t)(at - plain));
        if (byte < 0x20) {
            text_format(out, "\\u%04x", (unsigned)byte);
        } else {
            text_format(out, "\\%c", byte);
        }
        plain = at + 1;
    }
    text_add(out, plain, (size_t)(at - plain));
    text_add(out, "\"", 1);
}
