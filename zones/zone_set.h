/*
 * Zones while they are being made: found by name, no record twice.
 */
#ifndef ZONES_ZONE_SET_H
#define ZONES_ZONE_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "zones/hash.h"
#include "zones/zones.h"

struct set_record {
    struct set_record *next; /* in the same zone, in the order of the answer */
    const char *name;
    const char *ip; /* borrowed */
    UT_hash_handle hh;
    char key[]; /* the zone's number, then the name */
};

struct set_zone {
    size_t number;          /* order of addition */
    const char *default_ip; /* borrowed; NULL until it is settled */
    bool configured;
    bool ruled;    /* a rule asked for it */
    bool searched; /* it is a domain of a search list */
    struct set_record *first;
    struct set_record *last;
    size_t record_count;
    UT_hash_handle hh;
    char name[];
};

/* All zeros is an empty set. Iterate over `zones` with hh.next: order of addition. */
struct zone_set {
    struct set_zone *zones;
    struct set_record *records;
};

/* The zone of that name, NULL where there is none. */
struct set_zone *zone_set_find(const struct zone_set *set, const char *name, size_t length);

/* The zone of that name, made where it is new; NULL when memory is short. */
struct set_zone *zone_set_add(struct zone_set *set, const char *name);

/* Appends a record unless the zone has one of that name, whose answer would come first anyway.
   Borrows `ip`. Returns 0, or -1 when memory is short. */
int zone_set_add_record(struct zone_set *set, struct set_zone *zone, const char *name,
                        size_t length, const char *ip);

/* Copies the zones out in their final order. Returns 0, or -1 when memory is short. */
int zone_set_export(const struct zone_set *set, struct zones *out);

void zone_set_clear(struct zone_set *set);

#endif
