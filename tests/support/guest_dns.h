/*
 * DNS questions and answers (RFC 1035 section 4) as bytes; knows nothing of how they travel.
 */
#ifndef TESTS_SUPPORT_GUEST_DNS_H
#define TESTS_SUPPORT_GUEST_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GUEST_DNS_NAME_MAX = 255, GUEST_DNS_QUERY_MAX = 12 + GUEST_DNS_NAME_MAX + 4 };

struct guest_query {
    uint16_t id;
    uint16_t type;
    size_t length;
    unsigned char wire[GUEST_DNS_QUERY_MAX];
};

/* The number of a record type given by name ("A", "AAAA", "TXT", ...); 0 if unknown. */
uint16_t guest_dns_type(const char *text);

/* Makes the question for records of `type` at `name`. Returns false where that is no DNS name. */
bool guest_dns_ask(struct guest_query *query, uint16_t id, const char *name, uint16_t type);

/* Whether `message` is a response to the query: its id, and its question repeated. */
bool guest_dns_answers(const struct guest_query *query, const unsigned char *message,
                       size_t length);

/* Puts a message that answers the query into the words of guest_probe.h, cut if too long. */
void guest_dns_describe(const struct guest_query *query, const unsigned char *message,
                        size_t length, char *answer, size_t size);

#endif
