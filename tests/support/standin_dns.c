/* Answers questions from the stand-in bridge's zones. */
#include "tests/support/standin_dns.h"

#include <netdb.h>
#include <stdint.h>
#include <string.h>

#include "tests/support/guest_net.h"

enum {
    HEADER = 12,
    NAME_SIZE = 255, /* on the wire; as text it is one byte shorter and has a NUL */
    TYPE_A = 1,
    CLASS_IN = 1,
    QR = 0x8000,
    OPCODE = 0x7800,
    TRUNCATED = 0x0200,
    RECURSION_DESIRED = 0x0100,
    RECURSION_AVAILABLE = 0x0080,
    NXDOMAIN = 3,
    RECORD_HEAD = 12
};

struct message {
    unsigned char *bytes;
    size_t length;
    unsigned flags;
    unsigned records;
};

/* Reads the one name of a question into `text`, with a dot behind each label; returns the offset
   behind it, 0 if it is none. */
static size_t name_read(const unsigned char *query, size_t length, char text[static NAME_SIZE])
{
    size_t at = HEADER;
    size_t used = 0;

    while (at < length && query[at] != 0) {
        const size_t label = query[at];

        if (label > 63 || label >= length - at || used + label + 1 >= NAME_SIZE) {
            return 0;
        }
        memcpy(text + used, query + at + 1, label);
        used += label;
        text[used++] = '.';
        at += 1 + label;
    }
    if (at >= length) {
        return 0;
    }
    if (used == 0) {
        text[used++] = '.';
    }
    text[used] = '\0';
    return at + 1;
}

/* An A record for the question's name; without an address it has length 0. TTL 0. */
static void record_add(struct message *message, const struct in_addr *address)
{
    const size_t size = address != NULL ? sizeof(*address) : 0;
    unsigned char *const at = message->bytes + message->length;

    if (message->length + RECORD_HEAD + size > STANDIN_DNS_MAX) {
        message->flags |= TRUNCATED;
        return;
    }
    memset(at, 0, RECORD_HEAD);
    guest_net_put16(at, 0xc000 | HEADER);
    guest_net_put16(at + 2, TYPE_A);
    guest_net_put16(at + 4, CLASS_IN);
    guest_net_put16(at + 10, (unsigned)size);
    if (address != NULL) {
        memcpy(at + RECORD_HEAD, address, size);
    }
    message->length += RECORD_HEAD + size;
    message->records++;
}

/* Go finds a.b. in /etc/hosts, though not a. alone; libc finds neither, hence the dot is taken off.
 */
static void ask_host(struct message *message, char *name)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;

    if (strchr(name, '.') != name + strlen(name) - 1) {
        name[strlen(name) - 1] = '\0';
    }
    if (getaddrinfo(name, NULL, &hints, &list) != 0) {
        message->flags |= NXDOMAIN;
        return;
    }
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        struct sockaddr_in address;

        if (at->ai_family != AF_INET) {
            continue;
        }
        memcpy(&address, at->ai_addr, sizeof(address));
        record_add(message, &address.sin_addr);
    }
    freeaddrinfo(list);
}

static void answer_a(const struct standin_zones *zones, char *name, struct message *message)
{
    struct in_addr address;

    switch (standin_zones_ask(zones, name, &address)) {
    case STANDIN_NO_ZONE:
        ask_host(message, name);
        break;
    case STANDIN_ADDRESS:
        record_add(message, &address);
        break;
    case STANDIN_NO_ADDRESS:
        record_add(message, NULL);
        break;
    case STANDIN_NXDOMAIN:
        message->flags |= NXDOMAIN;
        break;
    }
}

size_t standin_dns_answer(const struct standin_zones *zones, const unsigned char *query,
                          size_t length, unsigned char answer[static STANDIN_DNS_MAX])
{
    struct message message = {.bytes = answer};
    char name[NAME_SIZE];
    size_t end;

    if (length < HEADER || (guest_net_get16(query + 2) & (QR | OPCODE)) != 0 ||
        guest_net_get16(query + 4) != 1) {
        return 0;
    }
    end = name_read(query, length, name);
    if (end == 0 || length - end < 4) {
        return 0;
    }
    message.length = end + 4;
    message.flags = QR | RECURSION_AVAILABLE | (guest_net_get16(query + 2) & RECURSION_DESIRED);
    memcpy(answer, query, message.length);
    if (guest_net_get16(query + end) == TYPE_A) {
        answer_a(zones, name, &message);
    }
    guest_net_put16(answer + 2, message.flags);
    guest_net_put16(answer + 6, message.records);
    guest_net_put16(answer + 8, 0);
    guest_net_put16(answer + 10, 0);
    return message.length;
}
