/*
 * DNS messages (RFC 1035 section 4), as far as two programs need them that know each other.
 */
#ifndef SELFTEST_MESSAGE_H
#define SELFTEST_MESSAGE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum { MESSAGE_MAX = 512, MESSAGE_NAME_MAX = 256 };

enum message_type { MESSAGE_A = 1, MESSAGE_AAAA = 28 };

enum message_code { MESSAGE_NOERROR = 0, MESSAGE_SERVFAIL = 2, MESSAGE_NXDOMAIN = 3 };

struct message_query {
    char name[MESSAGE_NAME_MAX]; /* lower case, no trailing dot */
    unsigned type;
    size_t length; /* of header and question */
};

/* Writes a question for the A records of `name` and returns its length, 0 for a bad name. */
size_t message_question(const char *name, unsigned char out[static MESSAGE_MAX]);

/* Reads a question. False if the bytes are none. */
bool message_read(const unsigned char *bytes, size_t length, struct message_query *out);

/*
 * Writes the reply to the question in `bytes`: its code and, where `data` is not NULL, one record
 * of the type asked for with `size` bytes of data. Returns its length.
 */
size_t message_reply(const unsigned char *bytes, const struct message_query *query,
                     enum message_code code, const void *data, size_t size,
                     unsigned char out[static MESSAGE_MAX]);

/* The address in a reply that message_reply has made to a question for A. False if there is none.
 */
bool message_address(const unsigned char *bytes, size_t length, struct in_addr *out);

#endif
