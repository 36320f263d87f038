/*
 * Only the header, the question and the answer section of a reply are read. Authority and
 * additional records are of no use here, and damage in them must not cost an answer that is there:
 * Go's resolver, whose answers ours must not fall behind, does not get as far either.
 */
#include "resolver/dns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ares.h>

#include "resolver/address.h"
#include "resolver/ascii.h"

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

static unsigned get_16(const unsigned char *bytes, size_t at)
{
    return (unsigned)bytes[at] << 8 | bytes[at + 1];
}

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
    const unsigned char *ours = query->bytes + DNS_PREFIX_SIZE;

    if (size < HEADER_SIZE + query->question_size) {
        return false;
    }
    for (size_t i = HEADER_SIZE; i < HEADER_SIZE + query->question_size - 4; i++) {
        unsigned char left = ours[i];
        unsigned char right = bytes[i];
        left = left >= 'A' && left <= 'Z' ? (unsigned char)(left | 0x20) : left;
        right = right >= 'A' && right <= 'Z' ? (unsigned char)(right | 0x20) : right;
        if (left != right) {
            return false;
        }
    }
    return memcmp(ours + HEADER_SIZE + query->question_size - 4,
                  bytes + HEADER_SIZE + query->question_size - 4, 4) == 0;
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

/* The name that `name` is an alias of, or NULL. */
static const char *alias_target(const ares_dns_record_t *record, const char *name)
{
    size_t count = ares_dns_record_rr_cnt(record, ARES_SECTION_ANSWER);

    for (size_t i = 0; i < count; i++) {
        const ares_dns_rr_t *rr = ares_dns_record_rr_get_const(record, ARES_SECTION_ANSWER, i);
        if (ares_dns_rr_get_type(rr) == ARES_REC_TYPE_CNAME &&
            ascii_equals(ares_dns_rr_get_name(rr), name)) {
            return ares_dns_rr_get_str(rr, ARES_RR_CNAME_CNAME);
        }
    }
    return NULL;
}

/* The name at the end of the chain of aliases that begins with the question's, in whatever order
   its records stand. One that goes in a circle has none, and ends somewhere. */
static const char *chain_end(const ares_dns_record_t *record, const char *name)
{
    int left = CHAIN_MAX;
    const char *target;

    while (left-- > 0 && (target = alias_target(record, name)) != NULL) {
        name = target;
    }
    return name;
}

/* Takes the addresses of `owner`; records of other owners are none of ours. */
static void take_addresses(const ares_dns_record_t *record, const char *owner, unsigned type,
                           struct dns_reply *reply)
{
    size_t count = ares_dns_record_rr_cnt(record, ARES_SECTION_ANSWER);

    reply->outcome = RESOLVER_NO_ADDRESS;
    reply->addresses = calloc(count + 1, sizeof(*reply->addresses));
    if (reply->addresses == NULL) {
        reply->outcome = RESOLVER_NO_MEMORY;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const ares_dns_rr_t *rr = ares_dns_record_rr_get_const(record, ARES_SECTION_ANSWER, i);
        if ((unsigned)ares_dns_rr_get_type(rr) != type ||
            ares_dns_rr_get_class(rr) != ARES_CLASS_IN ||
            !ascii_equals(ares_dns_rr_get_name(rr), owner)) {
            continue;
        }
        if (type == DNS_TYPE_AAAA) {
            reply->outcome = RESOLVER_IPV6_ONLY;
            break;
        }
        reply->addresses[reply->address_count++] = *ares_dns_rr_get_addr(rr, ARES_RR_A_ADDR);
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

static void read_answers(const struct dns_query *query, unsigned char *bytes, size_t size,
                         struct dns_reply *reply)
{
    ares_dns_record_t *record = NULL;
    ares_status_t status;
    const char *name = NULL;

    put_16(bytes, AUTHORITIES, 0);
    put_16(bytes, ADDITIONALS, 0);
    /* Records of other types are not looked into, so they may be as they like. */
    status = ares_dns_parse(bytes, size, query->type == DNS_TYPE_A ? ARES_DNS_PARSE_AN_EXT_RAW : 0,
                            &record);
    if (status == ARES_SUCCESS) {
        status = ares_dns_record_query_get(record, 0, &name, NULL, NULL);
    }
    if (status != ARES_SUCCESS) {
        reply->outcome = status == ARES_ENOMEM ? RESOLVER_NO_MEMORY : RESOLVER_BAD_ANSWER;
    } else {
        take_addresses(record, chain_end(record, name), query->type, reply);
    }
    ares_dns_record_destroy(record);
}

bool dns_answers(const struct dns_query *query, const unsigned char *bytes, size_t size)
{
    unsigned rcode;

    if (size < HEADER_SIZE || memcmp(bytes, query->bytes + DNS_PREFIX_SIZE, 2) != 0 ||
        (get_16(bytes, FLAGS) & RESPONSE) == 0) {
        return false;
    }
    /* Servers that refuse without a look at the question leave it out. */
    rcode = get_16(bytes, FLAGS) & RCODE;
    return get_16(bytes, QUESTIONS) == 0
               ? rcode != NOERROR && rcode != NXDOMAIN
               : get_16(bytes, QUESTIONS) == 1 && question_is_ours(query, bytes, size);
}

enum dns_kind dns_read(const struct dns_query *query, unsigned char *bytes, size_t size,
                       bool stream, struct dns_reply *reply)
{
    unsigned flags;
    unsigned rcode;

    *reply = (struct dns_reply){.outcome = RESOLVER_BAD_ANSWER};
    if (!dns_answers(query, bytes, size)) {
        return DNS_STRAY;
    }
    flags = get_16(bytes, FLAGS);
    rcode = flags & RCODE;
    if ((flags & CUT) != 0 && !stream) {
        return DNS_CUT;
    }
    if (query->edns && (rcode == FORMERR || rcode == NOTIMP)) {
        return DNS_NO_EDNS;
    }
    if (rcode != NOERROR) {
        reply->outcome = rcode_outcome(rcode);
    } else if (get_16(bytes, ANSWERS) == 0) {
        /* Neither in charge of the name nor willing to ask for us: a lame server, which says
           nothing about the name (as in Go's resolver, golang.org/issue/15434). */
        reply->outcome =
            (flags & (AUTHORITATIVE | RECURSION)) == 0 ? RESOLVER_BAD_ANSWER : RESOLVER_NO_ADDRESS;
    } else {
        read_answers(query, bytes, size, reply);
    }
    return DNS_REPLY;
}
