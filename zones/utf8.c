/*
 * UTF-8 decoding and encoding, RFC 3629.
 */
#include "zones/utf8.h"

size_t utf8_read(const char *text, size_t length, uint32_t *rune)
{
    const unsigned char *byte = (const unsigned char *)text;
    size_t size = 0;
    uint32_t value = 0;
    uint32_t least = 0; /* smallest value that needs this many bytes: what is below is overlong */

    *rune = UTF8_REPLACEMENT;
    if (byte[0] < 0x80) {
        *rune = byte[0];
        return 1;
    }
    if (byte[0] >= 0xc2 && byte[0] <= 0xdf) {
        size = 2;
        value = byte[0] & 0x1fU;
        least = 0x80;
    } else if (byte[0] >= 0xe0 && byte[0] <= 0xef) {
        size = 3;
        value = byte[0] & 0x0fU;
        least = 0x800;
    } else if (byte[0] >= 0xf0 && byte[0] <= 0xf4) {
        size = 4;
        value = byte[0] & 0x07U;
        least = 0x10000;
    }
    if (size == 0 || size > length) {
        return 1;
    }
    for (size_t i = 1; i < size; i++) {
        if ((byte[i] & 0xc0U) != 0x80) {
            return 1;
        }
        value = value << 6 | (byte[i] & 0x3fU);
    }
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        return 1;
    }
    *rune = value;
    return size;
}

size_t utf8_write(uint32_t rune, char out[4])
{
    if (rune < 0x80) {
        out[0] = (char)rune;
        return 1;
    }
    if (rune < 0x800) {
        out[0] = (char)(0xc0 | rune >> 6);
        out[1] = (char)(0x80 | (rune & 0x3f));
        return 2;
    }
    if (rune < 0x10000) {
        out[0] = (char)(0xe0 | rune >> 12);
        out[1] = (char)(0x80 | (rune >> 6 & 0x3f));
        out[2] = (char)(0x80 | (rune & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | rune >> 18);
    out[1] = (char)(0x80 | (rune >> 12 & 0x3f));
    out[2] = (char)(0x80 | (rune >> 6 & 0x3f));
    out[3] = (char)(0x80 | (rune & 0x3f));
    return 4;
}
