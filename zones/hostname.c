/*
 * Host names: RFC 1123 section 2.1, with the underscore that names in the wild have.
 */
#include "zones/hostname.h"

#include <string.h>

size_t span_find(struct span span, char byte)
{
    const char *found = span.length == 0 ? NULL : memchr(span.at, byte, span.length);

    return found == NULL ? span.length : (size_t)(found - span.at);
}

struct span span_from(struct span span, size_t count)
{
    return (struct span){.at = span.at + count, .length = span.length - count};
}

bool span_starts(struct span span, const char *prefix)
{
    size_t length = strlen(prefix);

    return span.length >= length && memcmp(span.at, prefix, length) == 0;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || is_digit(byte) ||
           byte == '-' || byte == '_';
}

static bool is_number(struct span label)
{
    for (size_t i = 0; i < label.length; i++) {
        if (!is_digit(label.at[i])) {
            return false;
        }
    }
    return true;
}

static enum hostname_fault check_label(struct span label)
{
    if (label.length == 0) {
        return HOSTNAME_EMPTY_LABEL;
    }
    if (label.length > HOSTNAME_LABEL_MAX) {
        return HOSTNAME_LONG_LABEL;
    }
    if (label.at[0] == '-') {
        return HOSTNAME_HYPHEN_FIRST;
    }
    return label.at[label.length - 1] == '-' ? HOSTNAME_HYPHEN_LAST : HOSTNAME_OK;
}

enum hostname_fault hostname_check(struct span name, struct span *where)
{
    struct span rest = name;

    if (name.length == 0) {
        return HOSTNAME_EMPTY;
    }
    for (size_t i = 0; i < name.length; i++) {
        if (name.at[i] != '.' && !is_name_byte(name.at[i])) {
            *where = (struct span){.at = name.at + i, .length = 1};
            return HOSTNAME_BAD_BYTE;
        }
    }
    for (;;) {
        struct span label = {.at = rest.at, .length = span_find(rest, '.')};
        enum hostname_fault fault = check_label(label);

        *where = label;
        if (fault != HOSTNAME_OK) {
            return fault;
        }
        if (label.length == rest.length) {
            break;
        }
        rest = span_from(rest, label.length + 1);
    }
    if (is_number(*where)) {
        return HOSTNAME_NUMERIC;
    }
    return name.length > HOSTNAME_MAX ? HOSTNAME_LONG : HOSTNAME_OK;
}
