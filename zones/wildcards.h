/*
 * What a zone made by a rule answers for names that it does not list.
 */
#ifndef ZONES_WILDCARDS_H
#define ZONES_WILDCARDS_H

#include "zones/allowlist.h"
#include "zones/zone_set.h"

struct wildcards;

/* Indexes the wildcard rules of `list`. Returns 0, or -1 when memory is short. Free with
   wildcards_free. */
int wildcards_new(const struct allowlist *list, struct wildcards **out);
void wildcards_free(struct wildcards *wildcards);

/*
 * The default of zone `name` ("b.c."): that of the nearest name, itself included, that has a
 * configured zone with a usable default or a wildcard; else "", NXDOMAIN, at and below a searched
 * zone, and 0.0.0.0 elsewhere. "" where the wildcard has no address. A name as written inherits
 * what its lower-case form does. Lives as long as `set`'s sources and `wildcards`.
 */
const char *wildcards_default(const struct wildcards *wildcards, const struct zone_set *set,
                              const char *name);

#endif
