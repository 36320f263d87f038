/* Writes and reads DNS messages with one question and A records. */
#include "shim/command/selftest/message.h"

#include <string.h>

#include "zones/hostname.h"

enum {
    HEADER = 12,
    QUESTION_TAIL = 4, /* type and class */
    RECORD_HEAD = 12,  /* name as a pointer, type, class, TTL, length of the data */
    LABEL_MAX = 63,
    POINTER_TO_QUESTION = 0xc00c,
    CLASS_IN = 1
};

static unsigned get16(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static void put16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

size_t message_question(const char *name, unsigned char out[static MESSAGE_MAX])
{
    size_t at = HEADER;

    memset(out, 0, HEADER);
    put16(out, 0x5e1f); /* one question at a time, on loopback: any number will do */
    out[2] = 1;         /* recursion desired */
    put16(out + 4, 1);
    while (*name != '\0') {
        const size_t length = strcspn(name, ".");

        if (length == 0 || length > LABEL_MAX || at + length + 2 + QUESTION_TAIL > MESSAGE_MAX) {
            return 0;
        }
        out[at++] = (unsigned char)length;
        memcpy(out + at, name, length);
        at += length;
        name += length;
        name += *name == '.';
    }
    out[at++] = 0;
    put16(out + at, MESSAGE_A);
    put16(out + at + 2, CLASS_IN);
    return at + QUESTION_TAIL;
}

bool message_read(const unsigned char *bytes, size_t length, struct message_query *out)
{
    size_t at = HEADER;
    size_t used = 0;

    if (length < HEADER || (bytes[2] & 0x80) != 0 || get16(bytes + 4) != 1) {
        return false;
    }
    while (at < length && bytes[at] != 0) {
        const size_t label = bytes[at];

        if (label > LABEL_MAX || at + 1 + label >= length ||
            used + label + 1 >= sizeof(out->name)) {
            return false;
        }
        if (used > 0) {
            out->name[used++] = '.';
        }
        for (size_t i = 1; i <= label; i++) {
            out->name[used++] = hostname_lower((char)bytes[at + i]);
        }
        at += 1 + label;
    }
    if (at + 1 + QUESTION_TAIL > length || at + 1 + QUESTION_TAIL > MESSAGE_MAX / 2) {
        return false;
    }
    out->name[used] = '\0';
    out->type = get16(bytes + at + 1);
    out->length = at + 1 + QUESTION_TAIL;
    return true;
}

size_t message_reply(const unsigned char *bytes, const struct message_query *query,
                     enum message_code code, const void *data, size_t size,
                     unsigned char out[static MESSAGE_MAX])
{
    unsigned char *const record = out + query->length;

    memcpy(out, bytes, query->length);
    out[2] = (unsigned char)(0x80 | (bytes[2] & 1)); /* a reply; recursion as it was desired */
    out[3] = (unsigned char)(0x80 | code);           /* recursion available */
    put16(out + 6, data != NULL);
    put16(out + 8, 0);
    put16(out + 10, 0); /* what the question had behind it, such as EDNS, is left out */
    if (data == NULL) {
        return query->length;
    }
    put16(record, POINTER_TO_QUESTION);
    put16(record + 2, query->type);
    put16(record + 4, CLASS_IN);
    memset(record + 6, 0, 4);
    put16(record + 10, (unsigned)size);
    memcpy(record + RECORD_HEAD, data, size);
    return query->length + RECORD_HEAD + size;
}

bool message_address(const unsigned char *bytes, size_t length, struct in_addr *out)
{
    const size_t record = RECORD_HEAD + sizeof(*out);

    if (length < HEADER + record || get16(bytes + 6) != 1) {
        return false;
    }
    memcpy(out, bytes + length - sizeof(*out), sizeof(*out));
    return true;
}
