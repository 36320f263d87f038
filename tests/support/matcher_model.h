/*
 * gvisor-tap-vsock's DNS matcher, modelled after v0.8.7, pkg/services/dns/dns.go, addLocalAnswers:
 * zones in their order, the first whose name behind a dot ends the question answers alone; its
 * first record of the remaining name, else its default, else NXDOMAIN. Bytes are compared as they
 * are.
 */
#ifndef SUPPORT_MATCHER_MODEL_H
#define SUPPORT_MATCHER_MODEL_H

#include <stddef.h>

enum { MATCHER_ANSWER = 20 };

struct matcher_record {
    char *name;
    char *ip;
};

struct matcher_zone {
    char *name;
    char *default_ip;
    struct matcher_record *records;
    size_t record_count;
};

struct matcher {
    struct matcher_zone *zones;
    size_t zone_count;
};

/* Reads zones in exactly the bridge's compact form, strings without escapes. Returns 0, or -1 where
   the text is anything else. Free with matcher_clear. */
int matcher_read(const char *json, struct matcher *out);
void matcher_clear(struct matcher *matcher);

/* The answer to `query` (without the dot at its end): an address, "NXDOMAIN", or "UPSTREAM" where
   no zone matches and the host's resolver would be asked. */
void matcher_ask(const struct matcher *matcher, const char *query, char out[MATCHER_ANSWER]);

#endif
