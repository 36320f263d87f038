/*
 * See guest_dns.h. What the server sends is not trusted: every read is checked against the message.
 */
#include "tests/support/guest_dns.h"

#include "tests/support/guest_net.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    HEADER = 12,
    FLAG_RESPONSE = 0x8000,
    FLAG_TRUNCATED = 0x0200,
    FLAG_RECURSION = 0x0100,
    RCODE_MASK = 15,
    TYPE_A = 1,
    TYPE_CNAME = 5,
    TYPE_TXT = 16,
    TYPE_AAAA = 28
};

/* A message being read; a read beyond its end clears `good` and yields nothing. */
struct reader {
    const unsigned char *data;
    size_t length;
    size_t at;
    bool good;
};

struct text {
    char *buffer;
    size_t size;
    size_t used;
};

static const struct {
    const char *name;
    uint16_t number;
} types[] = {
    {"A", TYPE_A}, {"NS", 2},         {"CNAME", TYPE_CNAME}, {"SOA", 6},  {"PTR", 12},
    {"MX", 15},    {"TXT", TYPE_TXT}, {"AAAA", TYPE_AAAA},   {"SRV", 33}, {"HTTPS", 65},
};

uint16_t guest_dns_type(const char *text)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcasecmp(types[i].name, text) == 0) {
            return types[i].number;
        }
    }
    return 0;
}

static const char *type_name(uint16_t number)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].number == number) {
            return types[i].name;
        }
    }
    return "TYPE";
}

__attribute__((format(printf, 2, 3))) static void text_add(struct text *text, const char *format,
                                                           ...)
{
    va_list args;
    int n;

    if (text->used >= text->size) {
        return;
    }
    va_start(args, format);
    n = vsnprintf(text->buffer + text->used, text->size - text->used, format, args);
    va_end(args);
    if (n > 0) {
        text->used += (size_t)n;
    }
}

/* Writes `name` as labels. Returns the length, or 0 if it is no DNS name. */
static size_t name_encode(const char *name, unsigned char wire[static GUEST_DNS_NAME_MAX])
{
    size_t used = 0;

    if (strcmp(name, ".") == 0) {
        name++;
    }
    while (*name) {
        const size_t label = strcspn(name, ".");

        if (label == 0 || label > 63 || used + 1 + label + 1 > GUEST_DNS_NAME_MAX) {
            return 0;
        }
        wire[used++] = (unsigned char)label;
        memcpy(wire + used, name, label);
        used += label;
        name += label;
        if (*name == '.') {
            name++;
        }
    }
    wire[used++] = 0;
    return used;
}

static const unsigned char *take(struct reader *reader, size_t count)
{
    const unsigned char *data = reader->data + reader->at;

    if (!reader->good || count > reader->length - reader->at) {
        reader->good = false;
        return NULL;
    }
    reader->at += count;
    return data;
}

static uint16_t take16(struct reader *reader)
{
    const unsigned char *data = take(reader, 2);

    return data ? guest_net_get16(data) : 0;
}

/* Reads a name, following pointers back only, so that it ends. `text` may be NULL. */
static void take_name(struct reader *reader, struct text *text)
{
    struct reader at = *reader;
    size_t lowest = reader->at;
    bool jumped = false;

    for (;;) {
        const unsigned char *head = take(&at, 1);
        const unsigned char *rest;

        if (!head) {
            break;
        }
        if (*head >= 0xc0) {
            rest = take(&at, 1);
            if (!rest) {
                break;
            }
            if (!jumped) {
                reader->at = at.at;
            }
            jumped = true;
            at.at = (size_t)(*head & 0x3f) << 8 | *rest;
            at.good = at.at < lowest;
            if (!at.good) {
                break;
            }
            lowest = at.at;
        } else if (*head > 63) {
            at.good = false;
            break;
        } else if (*head == 0) {
            break;
        } else {
            rest = take(&at, *head);
            if (!rest) {
                break;
            }
            if (text) {
                text_add(text, "%.*s.", (int)*head, (const char *)rest);
            }
        }
    }
    reader->good = at.good;
    if (!jumped) {
        reader->at = at.at;
    }
}

static void txt_add(struct text *text, const unsigned char *data, size_t length)
{
    struct reader strings = {.data = data, .length = length, .good = true};

    while (strings.at < length) {
        const unsigned char *size = take(&strings, 1);
        const unsigned char *bytes = size ? take(&strings, *size) : NULL;

        if (!bytes) {
            break;
        }
        text_add(text, "\"%.*s\"", (int)*size, (const char *)bytes);
    }
}

static void record_add(struct text *text, struct reader *message, uint16_t type, size_t length)
{
    char address[INET6_ADDRSTRLEN];
    struct reader inside = *message;
    const unsigned char *data = take(message, length);

    if (!data) {
        return;
    }
    if (length == 0) {
        text_add(text, "length-0");
    } else if (type == TYPE_A && length == 4) {
        text_add(text, "%s", inet_ntop(AF_INET, data, address, sizeof(address)));
    } else if (type == TYPE_AAAA && length == 16) {
        text_add(text, "%s", inet_ntop(AF_INET6, data, address, sizeof(address)));
    } else if (type == TYPE_TXT) {
        txt_add(text, data, length);
    } else if (type == TYPE_CNAME) {
        take_name(&inside, text);
    } else {
        for (size_t i = 0; i < length; i++) {
            text_add(text, "%02x", data[i]);
        }
    }
    message->good = message->good && inside.good;
}

static void response_code(struct text *text, unsigned rcode)
{
    static const char *const names[] = {NULL,       "FORMERR", "SERVFAIL",
                                        "NXDOMAIN", "NOTIMP",  "REFUSED"};

    if (rcode < sizeof(names) / sizeof(names[0])) {
        text_add(text, "%s", names[rcode]);
    } else {
        text_add(text, "rcode-%u", rcode);
    }
}

/* The reader stands behind the question. */
static void records_describe(struct text *text, struct reader *message,
                             const struct guest_query *query)
{
    const unsigned flags = guest_net_get16(message->data + 2);
    const unsigned count = guest_net_get16(message->data + 6);
    unsigned found = 0;

    if (flags & FLAG_TRUNCATED) {
        text_add(text, "truncated");
        return;
    }
    if ((flags & RCODE_MASK) != 0) {
        response_code(text, flags & RCODE_MASK);
        return;
    }
    for (unsigned i = 0; i < count && message->good; i++) {
        uint16_t type, length;

        take_name(message, NULL);
        type = take16(message);
        take(message, 2 + 4); /* class, TTL */
        length = take16(message);
        if (!message->good || type != query->type) {
            take(message, length);
            continue;
        }
        if (found++ == 0) {
            text_add(text, "%s ", type_name(type));
        } else {
            text_add(text, ",");
        }
        record_add(text, message, type, length);
    }
    if (!message->good) {
        text->used = 0;
        text_add(text, "malformed");
    } else if (found == 0) {
        text_add(text, "empty");
    }
}

bool guest_dns_ask(struct guest_query *query, uint16_t id, const char *name, uint16_t type)
{
    const size_t length = name_encode(name, query->wire + HEADER);

    if (length == 0) {
        return false;
    }
    query->id = id;
    query->type = type;
    query->length = HEADER + length + 4;
    memset(query->wire, 0, HEADER);
    guest_net_put16(query->wire, id);
    guest_net_put16(query->wire + 2, FLAG_RECURSION);
    guest_net_put16(query->wire + 4, 1);
    guest_net_put16(query->wire + HEADER + length, type);
    guest_net_put16(query->wire + HEADER + length + 2, 1);
    return true;
}

bool guest_dns_answers(const struct guest_query *query, const unsigned char *message, size_t length)
{
    return length >= query->length && guest_net_get16(message) == query->id &&
           (guest_net_get16(message + 2) & FLAG_RESPONSE) != 0 &&
           guest_net_get16(message + 4) == 1 &&
           memcmp(message + HEADER, query->wire + HEADER, query->length - HEADER) == 0;
}

void guest_dns_describe(const struct guest_query *query, const unsigned char *message,
                        size_t length, char *answer, size_t size)
{
    struct reader reader = {.data = message, .length = length, .at = query->length, .good = true};
    struct text text = {.buffer = answer, .size = size};

    if (size > 0) {
        answer[0] = '\0';
    }
    records_describe(&text, &reader, query);
}
