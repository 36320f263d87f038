/*
 * What may be a host name.
 */
#ifndef ZONES_HOSTNAME_H
#define ZONES_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>

/* RFC 1035 section 2.3.4; the name in text, without trailing dot. */
enum { HOSTNAME_LABEL_MAX = 63, HOSTNAME_MAX = 253 };

/* Bytes within a longer text. */
struct span {
    const char *at;
    size_t length;
};

enum hostname_fault {
    HOSTNAME_OK,
    HOSTNAME_EMPTY,
    HOSTNAME_BAD_BYTE, /* where: the byte */
    HOSTNAME_EMPTY_LABEL,
    HOSTNAME_LONG_LABEL, /* where: the label, here and below */
    HOSTNAME_HYPHEN_FIRST,
    HOSTNAME_HYPHEN_LAST,
    HOSTNAME_NUMERIC, /* the last label is all digits: an address, or meant to be one */
    HOSTNAME_LONG
};

/* Checks a name without trailing dot, ASCII or not; *where is set as said above. */
enum hostname_fault hostname_check(struct span name, struct span *where);

/* Of a name's byte; only ASCII letters have a case. */
static inline char hostname_lower(char byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
}

/* The index of the first `byte`, or the length where there is none. */
size_t span_find(struct span span, char byte);

/* The part behind the first `count` bytes. */
struct span span_from(struct span span, size_t count);

bool span_starts(struct span span, const char *prefix);

#endif
