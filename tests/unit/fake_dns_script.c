/* Builds the replies; the names are listed in fake_dns.h. */
#include "tests/unit/fake_dns_script.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_A = 1, TYPE_NS = 2, TYPE_CNAME = 5, TYPE_MX = 15, TYPE_AAAA = 28, TYPE_OPT = 41 };
enum { FORMERR = 1, SERVFAIL = 2, NXDOMAIN = 3, NOTIMP = 4, REFUSED = 5 };
enum { HEADER = 12, HUGE = 5000, ROOM = 16384 };

struct message {
    unsigned char *bytes;
    size_t size;
};

bool script_parse(const unsigned char *message, size_t size, char *name, unsigned *type)
{
    size_t at = HEADER;
    size_t out = 0;

    while (at < size && message[at] != 0) {
        size_t length = message[at++];
        if (at + length >= size || out + length + 2 > 256) {
            return false;
        }
        if (out > 0) {
            name[out++] = '.';
        }
        memcpy(name + out, message + at, length);
        out += length;
        at += length;
    }
    name[out] = '\0';
    if (at + 5 > size) {
        return false;
    }
    *type = (unsigned)message[at + 1] << 8 | message[at + 2];
    return true;
}

/* A response to `query` with its question and no records, the query's own OPT included. */
static struct message reply_begin(const unsigned char *query, size_t size, unsigned rcode)
{
    struct message reply = {.bytes = calloc(1, ROOM), .size = HEADER};

    if (reply.bytes == NULL) {
        abort();
    }
    while (reply.size < size && query[reply.size] != 0) {
        reply.size += 1U + query[reply.size];
    }
    reply.size += 1 + 4;
    memcpy(reply.bytes, query, reply.size);
    memset(reply.bytes + 6, 0, 6);
    reply.bytes[2] = (unsigned char)(query[2] | 0x80);
    reply.bytes[3] = (unsigned char)(0x80 | rcode);
    return reply;
}

static void put(struct message *reply, const void *bytes, size_t size)
{
    memcpy(reply->bytes + reply->size, bytes, size);
    reply->size += size;
}

static void put16(struct message *reply, unsigned value)
{
    unsigned char bytes[2] = {(unsigned char)(value >> 8), (unsigned char)value};

    put(reply, bytes, 2);
}

static void count_answer(struct message *reply)
{
    unsigned count = ((unsigned)reply->bytes[6] << 8 | reply->bytes[7]) + 1;

    reply->bytes[6] = (unsigned char)(count >> 8);
    reply->bytes[7] = (unsigned char)count;
}

/* `owner` is a name in wire format without compression, or NULL for the question's name. */
static void put_record(struct message *reply, const char *owner, size_t owner_size, unsigned type,
                       const void *data, size_t size)
{
    if (owner == NULL) {
        put16(reply, 0xC000 | HEADER);
    } else {
        put(reply, owner, owner_size);
    }
    put16(reply, type);
    put16(reply, 1);
    put16(reply, 0);
    put16(reply, 60);
    put16(reply, (unsigned)size);
    put(reply, data, size);
    count_answer(reply);
}

static void put_a(struct message *reply, unsigned network, unsigned host)
{
    uint32_t address = htonl(network + host);

    put_record(reply, NULL, 0, TYPE_A, &address, sizeof(address));
}

static void put_aaaa(struct message *reply)
{
    struct in6_addr address;

    (void)inet_pton(AF_INET6, "2001:db8::1", &address);
    put_record(reply, NULL, 0, TYPE_AAAA, &address, sizeof(address));
}

static const unsigned documentation = 0xC0000200; /* 192.0.2.0 */

static const char second[] = "\6second\4test";
static const char third[] = "\5third\4test";

static void put_chain(struct message *reply, bool whole)
{
    uint32_t address = htonl(documentation + 7);

    put_record(reply, NULL, 0, TYPE_CNAME, second, sizeof(second));
    put_record(reply, second, sizeof(second), TYPE_CNAME, third, sizeof(third));
    if (whole) {
        put_record(reply, third, sizeof(third), TYPE_A, &address, sizeof(address));
    }
}

/* The same from its end to its beginning. */
static void put_chain_reversed(struct message *reply)
{
    uint32_t address = htonl(documentation + 7);

    put_record(reply, third, sizeof(third), TYPE_A, &address, sizeof(address));
    put_record(reply, second, sizeof(second), TYPE_CNAME, third, sizeof(third));
    put_record(reply, NULL, 0, TYPE_CNAME, second, sizeof(second));
}

/* A referral, with no flag of one who is in charge or asks others. */
static void put_referral(struct message *reply)
{
    static const char server[] = "\2ns\4test";

    put_record(reply, NULL, 0, TYPE_NS, server, sizeof(server));
    reply->bytes[7] = 0;
    reply->bytes[9] = 1;
    reply->bytes[3] = 0;
}

/* An MX record without an end of its name, A, and of another record the owner alone. */
static void put_ruin(struct message *reply)
{
    static const char endless[] = "\0\12\300";

    put_record(reply, NULL, 0, TYPE_MX, endless, sizeof(endless) - 1);
    put_a(reply, documentation, 1);
    count_answer(reply);
    put16(reply, 0xC000 | HEADER);
}

/* OPT with the upper bits of BADVERS, RFC 6891 6.1.3. */
static void put_bad_version(struct message *reply)
{
    put_record(reply, "", 1, TYPE_OPT, "", 0);
    reply->bytes[reply->size - 6] = 1;
    reply->bytes[7] = 0;
    reply->bytes[11] = 1;
}

/* "lose2-x" begins with "lose", then a number. */
static bool numbered(const char *name, const char *word, unsigned *number)
{
    size_t length = strlen(word);
    char *end = NULL;

    if (strncmp(name, word, length) != 0) {
        return false;
    }
    *number = (unsigned)strtoul(name + length, &end, 10);
    return end != name + length && *end == '-';
}

static bool word_is(const char *name, const char *word)
{
    size_t length = strlen(word);

    return strncmp(name, word, length) == 0 &&
           (name[length] == '\0' || name[length] == '.' || name[length] == '-');
}

static unsigned labels_of(const char *name)
{
    unsigned labels = 1;

    for (; *name != '\0'; name++) {
        labels += *name == '.' ? 1 : 0;
    }
    return labels;
}

static void add(struct script_reply *replies, size_t *count, struct message message,
                int64_t delay_ms)
{
    replies[(*count)++] =
        (struct script_reply){.delay_ms = delay_ms, .size = message.size, .message = message.bytes};
}

static size_t answer_stray(const unsigned char *query, size_t size, struct script_reply *replies)
{
    size_t count = 0;
    struct message message = reply_begin(query, size, 0);

    put_a(&message, documentation, 66);
    message.bytes[0] ^= 0x55;
    add(replies, &count, message, 0);
    message = reply_begin(query, size, 0);
    put_a(&message, documentation, 66);
    message.bytes[HEADER + 1] ^= 0x02;
    add(replies, &count, message, 0);
    message = reply_begin(query, size, 0);
    message.size = 0;
    add(replies, &count, message, 0);
    message = reply_begin(query, size, 0);
    message.size = 7;
    add(replies, &count, message, 0);
    message = reply_begin(query, size, 0);
    message.bytes[0] ^= 0x55;
    message.size = 5000;
    add(replies, &count, message, 0);
    message = reply_begin(query, size, 0);
    put_a(&message, documentation, 1);
    add(replies, &count, message, 10);
    return count;
}

/* Names with several records or with none; returns false for all others. */
static bool answer_special(const char *name, unsigned type, bool tcp, struct message *message)
{
    if (word_is(name, "none") || word_is(name, "sfv6")) {
        message->bytes[3] |= word_is(name, "sfv6") && type == TYPE_AAAA ? SERVFAIL : 0;
    } else if (word_is(name, "v6")) {
        if (type == TYPE_AAAA) {
            put_aaaa(message);
        }
    } else if (word_is(name, "lostv6")) {
        message->size = type == TYPE_AAAA ? 0 : message->size;
    } else if (word_is(name, "sink")) {
        put_a(message, 0, 0);
        put_a(message, documentation, 9);
    } else if (word_is(name, "halfsink")) {
        put_a(message, documentation, 9);
        put_a(message, 0, 0);
    } else if (word_is(name, "three")) {
        put_a(message, documentation, 3);
        put_a(message, INADDR_LOOPBACK, 8);
        put_a(message, documentation, 2);
    } else if (word_is(name, "fat")) {
        for (unsigned i = 1; i <= 25; i++) {
            put_a(message, documentation, i);
        }
    } else if (word_is(name, "ruin")) {
        put_ruin(message);
    } else if (word_is(name, "niahc")) {
        put_chain_reversed(message);
    } else if (word_is(name, "chain") || word_is(name, "bare")) {
        put_chain(message, word_is(name, "chain") && type == TYPE_A);
    } else if (word_is(name, "many") || word_is(name, "cut")) {
        if (!tcp) {
            message->bytes[2] |= 0x02;
        } else if (word_is(name, "cut")) {
            message->size = 0;
        }
        for (unsigned i = 0; message->size > 0 && tcp && i < 600; i++) {
            put_a(message, documentation, i);
        }
    } else if (word_is(name, "few")) {
        message->bytes[2] |= tcp ? 0 : 0x02;
        put_a(message, documentation, 5);
    } else if (word_is(name, "torn")) {
        message->bytes[7] = 2;
        put16(message, 0xC000 | HEADER);
        put16(message, TYPE_A);
    } else {
        return false;
    }
    return true;
}

size_t script_answer(const char *name, const unsigned char *query, size_t size, unsigned type,
                     bool tcp, size_t earlier, struct script_reply replies[SCRIPT_REPLIES])
{
    static const struct {
        const char *word;
        unsigned rcode;
    } codes[] = {{"nx", NXDOMAIN}, {"sf", SERVFAIL}, {"rf", REFUSED}, {"ni", NOTIMP}};
    struct message message;
    size_t count = 0;
    unsigned number = 0;
    unsigned delay_ms = 0;

    if (numbered(name, "slow", &delay_ms)) {
        name = strchr(name, '-') + 1;
    }
    if (word_is(name, "stray")) {
        return answer_stray(query, size, replies);
    }
    if (word_is(name, "dead") || (numbered(name, "lose", &number) && earlier < number) ||
        (numbered(name, "deaf", &number) && labels_of(name) != number)) {
        return 0;
    }
    message = reply_begin(query, size, 0);
    if (numbered(name, "void", &number) && earlier < number) {
        message.size = 0;
        add(replies, &count, message, delay_ms);
        return count;
    }
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (word_is(name, codes[i].word)) {
            message.bytes[3] |= (unsigned char)codes[i].rcode;
            add(replies, &count, message, delay_ms);
            return count;
        }
    }
    if (numbered(name, "lame", &number) && earlier < number) {
        put_referral(&message);
    } else if (numbered(name, "mute", &number) && earlier < number) {
        message.bytes[3] |= REFUSED;
        message.bytes[5] = 0;
        message.size = HEADER;
    } else if (word_is(name, "cutedns") && !tcp) {
        message.bytes[2] |= 0x02;
    } else if ((word_is(name, "edns") || word_is(name, "cutedns")) && query[11] > 0) {
        message.bytes[3] |= FORMERR;
    } else if (word_is(name, "version") && query[11] > 0) {
        put_bad_version(&message);
    } else if (numbered(name, "sf", &number) && earlier < number) {
        message.bytes[3] |= SERVFAIL;
    } else if (numbered(name, "only", &number) && labels_of(name) != number) {
        message.bytes[3] |= NXDOMAIN;
    } else if (!answer_special(name, type, tcp, &message) && type == TYPE_A) {
        put_a(&message, documentation, numbered(name, "ok", &number) ? number : 1);
    }
    if (message.size == 0) {
        free(message.bytes);
        return 0;
    }
    if (word_is(name, "huge") && !tcp) {
        message.size = HUGE;
    }
    add(replies, &count, message, delay_ms);
    return count;
}
