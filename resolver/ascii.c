#include "resolver/ascii.h"

#include <string.h>

static unsigned char lower(char character)
{
    const unsigned char byte = (unsigned char)character;

    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte | 0x20) : byte;
}

bool ascii_equals_n(const char *left, const char *right, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (lower(left[i]) != lower(right[i])) {
            return false;
        }
    }
    return true;
}

bool ascii_equals(const char *left, const char *right)
{
    const size_t length = strlen(left);

    return strlen(right) == length && ascii_equals_n(left, right, length);
}
