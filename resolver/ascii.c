/* Comparing names and words of which only the ASCII letters have a case. */
#include "resolver/ascii.h"

#include <string.h>

bool ascii_equals_n(const char *left, const char *right, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (ascii_lower_of(left[i]) != ascii_lower_of(right[i])) {
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

void ascii_lower(char *text)
{
    for (; *text != '\0'; text++) {
        *text = ascii_lower_of(*text);
    }
}

int ascii_compare_host(const char *name, const char *lower)
{
    for (; *name != '\0' && !(*name == '.' && name[1] == '\0'); name++, lower++) {
        const int order = (unsigned char)ascii_lower_of(*name) - (unsigned char)*lower;

        if (order != 0) {
            return order;
        }
    }
    return *lower == '\0' ? 0 : -1;
}
