/*
 * The stand-in bridge's zones, with the original's faults: one lookup for each host, a host that
 * fails is skipped, zones come in a random order, and what a wildcard answers is no address.
 */
#ifndef TESTS_SUPPORT_STANDIN_ZONES_H
#define TESTS_SUPPORT_STANDIN_ZONES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "zones/config.h"

struct standin_record {
    char *name; /* NULL: every name in the zone, the original's regular expression .* */
    bool has_address;
    struct in_addr address;
};

struct standin_zone {
    char *name;
    bool has_default;
    struct in_addr default_address;
    struct standin_record *records;
    size_t record_count;
};

/* All zeros: no zones. */
struct standin_zones {
    struct standin_zone *list;
    size_t count;
};

enum standin_answer {
    STANDIN_NO_ZONE, /* nobody's: the host's resolver is to be asked */
    STANDIN_ADDRESS,
    STANDIN_NO_ADDRESS, /* a record of length 0 */
    STANDIN_NXDOMAIN
};

/* Makes the zones of a configuration; looks its hosts up by getaddrinfo, one after the other.
   Returns 0 and *out, which the caller clears, or -1 when memory is short, *out then empty. */
int standin_zones_make(const struct config *config, struct standin_zones *out);

/* What the matcher says to an A question for `name`, which ends in a dot. */
enum standin_answer standin_zones_ask(const struct standin_zones *zones, const char *name,
                                      struct in_addr *address);

void standin_zones_clear(struct standin_zones *zones);

#endif
