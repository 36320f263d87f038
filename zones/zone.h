/*
 * A zone of the bridge's DNS server: as it is given in `dns_zones`, and as it is made.
 */
#ifndef ZONES_ZONE_H
#define ZONES_ZONE_H

#include <stddef.h>

struct zone_record {
    char *name; /* labels left of the zone, joined by dots; NULL: any, as the bridge's own wildcards
                 */
    char *ip;   /* text as in the JSON */
};

struct zone {
    char *name;       /* with trailing dot, or "" for the root */
    char *default_ip; /* "" means NXDOMAIN */
    struct zone_record *records;
    size_t record_count;
};

/* Frees what the zone owns and empties it. Takes an emptied or zeroed zone. */
void zone_clear(struct zone *zone);

#endif
