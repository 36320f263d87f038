/*
 * UTF-8 as Go's unicode/utf8 reads it: an invalid byte counts as one U+FFFD.
 */
#ifndef ZONES_UTF8_H
#define ZONES_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT UINT32_C(0xfffd)

/*
 * Reads one code point from `text`, which holds at least one byte, into *rune and returns the
 * number of bytes it takes. An invalid sequence gives UTF8_REPLACEMENT and 1; the character U+FFFD
 * itself takes 3.
 */
size_t utf8_read(const char *text, size_t length, uint32_t *rune);

/* Writes the code point `rune`, no surrogate, and returns the number of bytes, 1 to 4. */
size_t utf8_write(uint32_t rune, char out[4]);

#endif
