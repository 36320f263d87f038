/*
 * What the bridge's DNS server makes of a question for an A record.
 *
 * gvisor-tap-vsock v0.8.7, pkg/services/dns/dns.go, addLocalAnswers: zones in their order, the
 * first whose name behind a dot ends the question answers alone; its first record of the remaining
 * name, else its default, else NXDOMAIN. Bytes are compared as they are.
 *
 * Pure, and thread safe.
 */
#ifndef ZONES_MATCHER_H
#define ZONES_MATCHER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "zones/zone.h"

/* "No zone", "no record". */
#define MATCHER_NONE ((size_t)-1)

enum matcher_told {
    MATCHER_ADDRESS,
    MATCHER_SINKHOLE,   /* 0.0.0.0 */
    MATCHER_NO_ADDRESS, /* an A record of length 0 */
    MATCHER_NXDOMAIN,
    MATCHER_UPSTREAM /* no zone fits: the host's resolver is asked */
};

struct matcher_answer {
    enum matcher_told told;
    struct in_addr address; /* ADDRESS and SINKHOLE */
    size_t zone;            /* that answers, or MATCHER_NONE */
    size_t record;          /* within it; MATCHER_NONE: its default, or none */
};

/*
 * What the server hands out for the text of an address (net.ParseIP, and the A record that
 * miekg/dns v1.1.68 packs): false for a text that is none; an IPv6 address leaves 0.0.0.0.
 */
bool matcher_address(const char *text, struct in_addr *out);

/* Whether `zone` is asked for `name` (no dot at its end) if no zone before it is; *rest becomes the
   length of what the zone leaves of the name. */
bool matcher_fits(const struct zone *zone, const char *name, size_t *rest);

/* Whether `record` of a zone that fits answers for the first `rest` bytes of `name`. */
bool matcher_record_fits(const struct zone_record *record, const char *name, size_t rest);

/* What a zone that fits answers. Leaves out->zone to the caller. */
void matcher_answer(const struct zone *zone, const char *name, size_t rest,
                    struct matcher_answer *out);

/* What `count` zones in their order answer for `name` (no dot at its end). */
void matcher_ask(const struct zone *zones, size_t count, const char *name,
                 struct matcher_answer *out);

#endif
