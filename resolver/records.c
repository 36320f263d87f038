/* Nothing is copied: names are compared where they are. */
#include "resolver/records.h"

#include <string.h>

#include "resolver/ascii.h"

/* The upper bits of a label's length say that it is a pointer, or nothing that is defined. */
enum { POINTER = 0xC0, RESERVED = 0x40 };

/* Of a name, without its end: RFC 1035 3.1 has 255 with it. */
enum { NAME_MOST = 254, POINTERS_MOST = 10 };

/* Behind the name: type, class, TTL and length. */
enum { TYPE = 0, TTL = 4, LENGTH = 8, FIXED_SIZE = 10 };

/* Where the pointer leads. */
static size_t pointed(const struct records *records, size_t at)
{
    return records_16(records->bytes, at) & 0x3FFF;
}

/* Sets *behind to where the record goes on. False if the name is not good. */
static bool read_name(const struct records *records, size_t at, size_t *behind)
{
    size_t length = 0;
    int pointers = 0;

    while (at < records->size && records->bytes[at] != 0) {
        const size_t byte = records->bytes[at];

        if (byte >= POINTER) {
            if (records->size - at < 2 || pointers == POINTERS_MOST) {
                return false;
            }
            *behind = pointers++ == 0 ? at + 2 : *behind;
            at = pointed(records, at);
            continue;
        }
        length += 1 + byte;
        if (byte >= RESERVED || length > NAME_MOST || byte >= records->size - at ||
            memchr(records->bytes + at + 1, '.', byte) != NULL) {
            return false;
        }
        at += 1 + byte;
    }
    *behind = pointers == 0 ? at + 1 : *behind;
    return at < records->size;
}

bool records_has_name(const struct records *records, size_t at)
{
    size_t behind;

    return read_name(records, at, &behind);
}

bool records_next(struct records *records, struct record *record)
{
    const unsigned char *fixed;
    size_t at;

    record->owner = records->at;
    if (!read_name(records, records->at, &at) || records->size - at < FIXED_SIZE) {
        return false;
    }
    fixed = records->bytes + at;
    record->type = records_16(fixed, TYPE);
    record->flags = fixed[TTL];
    record->data_size = records_16(fixed, LENGTH);
    record->data = at + FIXED_SIZE;
    records->at = record->data + record->data_size;
    return records->at <= records->size;
}

/* Where the label is that stands at `at`, or that a pointer there leads to. */
static size_t label(const struct records *records, size_t at)
{
    while (records->bytes[at] >= POINTER) {
        at = pointed(records, at);
    }
    return at;
}

bool records_same_name(const struct records *records, size_t left, size_t right)
{
    for (;;) {
        const unsigned char *one = records->bytes + (left = label(records, left));
        const unsigned char *other = records->bytes + (right = label(records, right));

        if (*one != *other ||
            !ascii_equals_n((const char *)one + 1, (const char *)other + 1, *one)) {
            return false;
        }
        if (*one == 0) {
            return true;
        }
        left += 1U + *one;
        right += 1U + *other;
    }
}
