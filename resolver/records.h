/*
 * The resource records of a message, one after the other, as far as they can be read (RFC 1035
 * 4.1). How far that is, is for Go to say (golang.org/x/net/dns/dnsmessage): where its resolver has
 * an address, ours is not to be without one for the sake of damage elsewhere. So what a record
 * holds may be as it likes, as long as nobody needs it; and pointers may lead forward.
 */
#ifndef RESOLVER_RECORDS_H
#define RESOLVER_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Of a record: the root as its name, and nothing in it. */
enum { RECORDS_LEAST_SIZE = 11 };

/* A message, and where in it the next record begins. */
struct records {
    const unsigned char *bytes; /* borrowed */
    size_t size;
    size_t at;
};

/* Places are offsets in the message. */
struct record {
    size_t owner; /* a name that is good */
    unsigned type;
    unsigned flags; /* the first byte of the TTL: of OPT the upper bits of the code (RFC 6891) */
    size_t data;
    size_t data_size; /* all of it in the message */
};

/* The number of two bytes at `at`, which are there. */
static inline unsigned records_16(const unsigned char *bytes, size_t at)
{
    return (unsigned)bytes[at] << 8 | bytes[at + 1];
}

/* Takes the next record. False if there is none that is whole: nothing behind it can be found. */
bool records_next(struct records *records, struct record *record);

/* Whether there is a name at `at`, which may be anywhere, that ends and is not too long. */
bool records_has_name(const struct records *records, size_t at);

/* Whether two names that are good are the same. Case does not count. */
bool records_same_name(const struct records *records, size_t left, size_t right);

#endif
