/*
 * c-ares writes the question. What comes back is gone through here, and not by its parser, which
 * takes a message whole or not at all: see records.h.
 */
#include "resolver/dns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ares.h>

#include "resolver/address.h"
#include "resolver/ascii.h"
#include "resolver/records.h"

enum {
    ID = 0,
    FLAGS = 2,
    QUESTIONS = 4,
    ANSWERS = 6,
    AUTHORITIES = 8,
    ADDITIONALS = 10,
    HEADER_SIZE = 12
};

enum { RESPONSE = 0x8000, AUTHORITATIVE = 0x0400, CUT = 0x0200, RECURSION = 0x0080, RCODE = 0xF };

/* Real chains have fewer than ten; each link costs a look at every record. */
enum { CHAIN_MAX = 64 };

enum { NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED };

enum { TYPE_CNAME = 5, TYPE_OPT = 41 };

static void put_16(unsigned char *bytes, size_t at, unsigned value)
{
    bytes[at] = (unsigned char)(value >> 8);
    bytes[at + 1] = (unsigned char)value;
}

/* ---- questions ------------------------------------------------------------------------------ */

/* RFC 7686: such a name is not to be asked for. */
static bool is_onion(const char *name)
{
    static const char domain[] = ".onion";
    size_t length = strlen(name);

    return length >= sizeof(domain) - 1 &&
           ascii_equals(name + length - (sizeof(domain) - 1), domain);
}

static ares_status_t add_edns(ares_dns_record_t *record)
{
    ares_dns_rr_t *rr = NULL;
    ares_status_t status = ares_dns_record_rr_add(&rr, record, ARES_SECTION_ADDITIONAL, "",
                                                  ARES_REC_TYPE_OPT, ARES_CLASS_IN, 0);

    return status != ARES_SUCCESS ? status
                                  : ares_dns_rr_set_u16(rr, ARES_RR_OPT_UDP_SIZE, DNS_EDNS_SIZE);
}

/* The question in wire format, to be freed with ares_free_string. */
static ares_status_t write_question(const char *name, unsigned type, uint16_t id, bool edns,
                                    unsigned char **bytes, size_t *size)
{
    ares_dns_record_t *record = NULL;
    ares_status_t status =
        ares_dns_record_create(&record, id, ARES_FLAG_RD, ARES_OPCODE_QUERY, ARES_RCODE_NOERROR);

    if (status == ARES_SUCCESS) {
        status = ares_dns_record_query_add(record, name, (ares_dns_rec_type_t)type, ARES_CLASS_IN);
    }
    if (status == ARES_SUCCESS && edns) {
        status = add_edns(record);
    }
    if (status == ARES_SUCCESS) {
        status = ares_dns_write(record, bytes, size);
    }
    ares_dns_record_destroy(record);
    return status;
}

int dns_write(struct dns_query *query, const char *name, unsigned type, uint16_t id, bool edns)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    ares_status_t status =
        is_onion(name) ? ARES_EBADNAME : write_question(name, type, id, edns, &bytes, &size);

    if (status != ARES_SUCCESS) {
        return status == ARES_ENOMEM ? ENOMEM : EINVAL;
    }
    if (size > DNS_QUERY_SIZE) {
        ares_free_string(bytes);
        return EINVAL;
    }
    *query = (struct dns_query){.size = size, .type = type, .edns = edns};
    memcpy(query->bytes + DNS_PREFIX_SIZE, bytes, size);
    ares_free_string(bytes);
    put_16(query->bytes, 0, (unsigned)size);
    bytes = query->bytes + DNS_PREFIX_SIZE;
    size = HEADER_SIZE;
    while (bytes[size] != 0) {
        size += 1U + bytes[size];
    }
    query->question_size = size + 1 + 4 - HEADER_SIZE;
    return 0;
}

/* ---- replies -------------------------------------------------------------------------------- */

/* Names are compared without case; the lengths of labels are no letters, so bytes will do. */
static bool question_is_ours(const struct dns_query *query, const unsigned char *bytes, size_t size)
{
    const unsigned char *ours = query->bytes + DNS_PREFIX_SIZE + HEADER_SIZE;
    const size_t name = query->question_size - 4;

    return size >= HEADER_SIZE + query->question_size &&
           ascii_equals_n((const char *)ours, (const char *)bytes + HEADER_SIZE, name) &&
           memcmp(ours + name, bytes + HEADER_SIZE + name, 4) == 0;
}

static enum resolver_outcome rcode_outcome(unsigned rcode)
{
    switch (rcode) {
    case SERVFAIL:
        return RESOLVER_SERVER_ERROR;
    case REFUSED:
        return RESOLVER_REFUSED;
    case NXDOMAIN:
        return RESOLVER_NO_SUCH_HOST;
    default:
        return RESOLVER_BAD_ANSWER;
    }
}

/* ---- answers ---- */

/* A record that counts: an alias, or an address of the type that was asked for. */
struct link {
    size_t owner;
    size_t target;          /* of an alias; else 0 */
    struct in_addr address; /* of an A record */
};

struct chain {
    struct records records;
    struct link *links; /* owned */
    size_t count;
    bool damaged; /* not all that counts could be read */
};

/* False if the record is damaged. */
static bool link_read(struct link *link, const struct records *records, const struct record *record)
{
    *link = (struct link){.owner = record->owner};
    if (record->type == TYPE_CNAME) {
        link->target = record->data;
        return records_has_name(records, record->data);
    }
    if (record->type == DNS_TYPE_A) {
        if (record->data_size != sizeof(link->address)) {
            return false;
        }
        memcpy(&link->address, records->bytes + record->data, sizeof(link->address));
    }
    return true;
}

/* False when memory is short. */
static bool chain_read(struct chain *chain, struct records records, unsigned type)
{
    struct record record;

    *chain = (struct chain){.records = records};
    chain->links = calloc(records.size / RECORDS_LEAST_SIZE, sizeof(*chain->links));
    if (chain->links == NULL) {
        return false;
    }
    for (unsigned left = records_16(records.bytes, ANSWERS); left > 0; left--) {
        if (!records_next(&records, &record)) {
            chain->damaged = true;
            break;
        }
        if (record.type != type && record.type != TYPE_CNAME) {
            continue;
        }
        if (link_read(&chain->links[chain->count], &records, &record)) {
            chain->count++;
        } else {
            chain->damaged = true;
        }
    }
    return true;
}

static bool link_is_of(const struct chain *chain, const struct link *link, size_t name)
{
    return records_same_name(&chain->records, link->owner, name);
}

/* The alias that `name` is, or NULL. */
static const struct link *alias_of(const struct chain *chain, size_t name)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (chain->links[i].target != 0 && link_is_of(chain, &chain->links[i], name)) {
            return &chain->links[i];
        }
    }
    return NULL;
}

/* The name at the end of the chain of aliases that begins with the question's, in whatever order
   its records stand. One that goes in a circle has none, and ends somewhere. */
static size_t chain_end(const struct chain *chain)
{
    const struct link *alias;
    size_t name = HEADER_SIZE;

    for (int left = CHAIN_MAX; left > 0 && (alias = alias_of(chain, name)) != NULL; left--) {
        name = alias->target;
    }
    return name;
}

/* Takes the addresses at the end of the chain; records of other owners are none of ours. */
static void take_addresses(const struct chain *chain, unsigned type, struct dns_reply *reply)
{
    const size_t owner = chain_end(chain);

    reply->outcome = chain->damaged ? RESOLVER_BAD_ANSWER : RESOLVER_NO_ADDRESS;
    reply->addresses = calloc(chain->count + 1, sizeof(*reply->addresses));
    if (reply->addresses == NULL) {
        reply->outcome = RESOLVER_NO_MEMORY;
        return;
    }
    for (size_t i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];

        if (link->target != 0 || !link_is_of(chain, link, owner)) {
            continue;
        }
        if (type == DNS_TYPE_AAAA) {
            reply->outcome = RESOLVER_IPV6_ONLY;
            break;
        }
        reply->addresses[reply->address_count++] = link->address;
        reply->outcome = RESOLVER_RESOLVED;
    }
    reply->address_count = address_drop_sinkholes(reply->addresses, reply->address_count);
    if (reply->outcome == RESOLVER_RESOLVED && reply->address_count == 0) {
        reply->outcome = RESOLVER_SINKHOLED;
    }
    if (reply->outcome != RESOLVER_RESOLVED) {
        free(reply->addresses);
        reply->addresses = NULL;
    }
}

static void read_answers(const struct dns_query *query, struct records records,
                         struct dns_reply *reply)
{
    struct chain chain;

    if (chain_read(&chain, records, query->type)) {
        take_addresses(&chain, query->type, reply);
    } else {
        reply->outcome = RESOLVER_NO_MEMORY;
    }
    free(chain.links);
}

/* What a reply says before one looks at its answers. */
struct verdict {
    unsigned rcode;
    bool whole; /* its records could be gone through, as far as one has to */
};

/* The code has upper bits, which only EDNS has room for: in the first OPT (RFC 6891 6.1.3). */
static struct verdict read_verdict(struct records records)
{
    const unsigned char *bytes = records.bytes;
    const unsigned rcode = records_16(bytes, FLAGS) & RCODE;
    const unsigned additionals = records_16(bytes, ADDITIONALS);
    unsigned left = records_16(bytes, ANSWERS) + records_16(bytes, AUTHORITIES) + additionals;
    struct record record;

    for (; left > 0 && records_next(&records, &record); left--) {
        if (left <= additionals && record.type == TYPE_OPT) {
            return (struct verdict){.rcode = record.flags << 4 | rcode, .whole = true};
        }
    }
    return (struct verdict){.rcode = rcode, .whole = left == 0};
}

/* Believed of a reply that can be read to its end, and of no other. */
static bool is_no(enum resolver_outcome outcome)
{
    return outcome == RESOLVER_NO_SUCH_HOST || outcome == RESOLVER_NO_ADDRESS;
}

bool dns_answers(const struct dns_query *query, const unsigned char *bytes, size_t size)
{
    unsigned rcode;

    if (size < HEADER_SIZE || memcmp(bytes, query->bytes + DNS_PREFIX_SIZE, 2) != 0 ||
        (records_16(bytes, FLAGS) & RESPONSE) == 0) {
        return false;
    }
    /* Servers that refuse without a look at the question leave it out. */
    rcode = records_16(bytes, FLAGS) & RCODE;
    return records_16(bytes, QUESTIONS) == 0
               ? rcode != NOERROR && rcode != NXDOMAIN
               : records_16(bytes, QUESTIONS) == 1 && question_is_ours(query, bytes, size);
}

enum dns_kind dns_read(const struct dns_query *query, const unsigned char *bytes, size_t size,
                       bool stream, struct dns_reply *reply)
{
    struct records records = {bytes, size, HEADER_SIZE};
    struct verdict verdict;
    unsigned flags;

    *reply = (struct dns_reply){.outcome = RESOLVER_BAD_ANSWER};
    if (!dns_answers(query, bytes, size)) {
        return DNS_STRAY;
    }
    flags = records_16(bytes, FLAGS);
    if ((flags & CUT) != 0 && !stream) {
        return DNS_CUT;
    }
    records.at += records_16(bytes, QUESTIONS) > 0 ? query->question_size : 0;
    verdict = read_verdict(records);
    if (query->edns &&
        (verdict.rcode == FORMERR || verdict.rcode == NOTIMP || verdict.rcode > RCODE)) {
        return DNS_NO_EDNS;
    }
    if (verdict.rcode != NOERROR) {
        reply->outcome = rcode_outcome(verdict.rcode);
    } else if (records_16(bytes, ANSWERS) > 0) {
        read_answers(query, records, reply);
    } else if ((flags & (AUTHORITATIVE | RECURSION)) != 0) {
        reply->outcome = RESOLVER_NO_ADDRESS;
    } /* else neither in charge of the name nor willing to ask for us: a lame server, which says
         nothing about the name (as in Go's resolver, golang.org/issue/15434). */
    if (!verdict.whole && is_no(reply->outcome)) {
        reply->outcome = RESOLVER_BAD_ANSWER;
    }
    return DNS_REPLY;
}
