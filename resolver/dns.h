/*
 * DNS messages (RFC 1035, RFC 6891): a question is written, a reply is judged. This is the one
 * place that knows c-ares.
 */
#ifndef RESOLVER_DNS_H
#define RESOLVER_DNS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"

enum { DNS_TYPE_A = 1, DNS_TYPE_AAAA = 28 };

enum {
    DNS_EDNS_SIZE = 1232, /* the largest datagram that we ask for; DNS flag day 2020 */
    DNS_PREFIX_SIZE = 2,  /* the length, in a stream */
    DNS_QUERY_SIZE = 12 + 255 + 4 + 11
};

struct dns_query {
    size_t size;          /* without the prefix */
    size_t question_size; /* name, type, class */
    unsigned type;
    bool edns;
    unsigned char bytes[DNS_PREFIX_SIZE + DNS_QUERY_SIZE];
};

/*
 * Writes the question for `name`, as it stands. Returns 0, ENOMEM, or EINVAL for what is no name in
 * DNS (.onion, RFC 7686, is none).
 */
int dns_write(struct dns_query *query, const char *name, unsigned type, uint16_t id, bool edns);

enum dns_kind {
    DNS_STRAY,   /* does not answer this question: to be ignored */
    DNS_CUT,     /* did not fit into a datagram: to be asked for over TCP */
    DNS_NO_EDNS, /* the server does not know EDNS: to be asked again without */
    DNS_REPLY
};

struct dns_reply {
    /* RESOLVER_RESOLVED (for AAAA: RESOLVER_IPV6_ONLY), _NO_SUCH_HOST, _NO_ADDRESS, _SINKHOLED,
       _SERVER_ERROR, _REFUSED, _BAD_ANSWER or _NO_MEMORY. */
    enum resolver_outcome outcome;
    struct in_addr
        *addresses; /* with RESOLVER_RESOLVED, in the order of the answer; the caller's */
    size_t address_count;
};

/* Whether what came, of which `size` bytes are there, answers the question. */
bool dns_answers(const struct dns_query *query, const unsigned char *bytes, size_t size);

/* Judges what came for `query`: `size` bytes, without a prefix. `reply` is set with DNS_REPLY only.
 */
enum dns_kind dns_read(const struct dns_query *query, const unsigned char *bytes, size_t size,
                       bool stream, struct dns_reply *reply);

#endif
