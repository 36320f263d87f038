/*
 * DNS zones for gvisor-tap-vsock's matcher, complete and in an order that makes it right.
 *
 * The matcher (gvisor-tap-vsock v0.8.7, pkg/services/dns/dns.go, addLocalAnswers) takes the first
 * zone whose name is a suffix of the question and answers from that zone alone: the first record
 * whose name is the rest, else the zone's default address, else NXDOMAIN. So the longest zone has
 * to come first, and what a shorter zone knows below a longer one has to be known to the longer
 * one.
 *
 * The guest's libc has a search list (resolv.conf(5)): it asks for "db" as "db.DOMAIN." first, and
 * for any name again below DOMAIN once it hears NXDOMAIN. It takes whatever address it is told for
 * the answer, 0.0.0.0 too. So names below DOMAIN do not exist, unless a rule or the configuration
 * says that they do.
 */
#ifndef ZONES_ZONES_H
#define ZONES_ZONES_H

#include <stddef.h>

#include "zones/allowlist.h"
#include "zones/config.h"
#include "zones/zone.h"

struct zones {
    struct zone
        *list; /* longer name first, equal lengths bytewise, root "" last and always there */
    size_t count;
    size_t rule_zone_count; /* those of them that a rule asked for */
};

/*
 * Builds the zones for `config` and `list`, whose hosts carry their answers. A wildcard whose host
 * is not answered yields a zone that denies with NXDOMAIN; every other host of a rule must be
 * answered, without which it is not listed. Rules:
 *  - exact a.b.c is record `a` of zone `b.c.`; a single label is a record of the root;
 *    where the rule has upper case also the name as written, since the matcher is case-sensitive;
 *  - `*.d` is zone `d.` whose default is d's address;
 *  - a zone's default is that of the nearest wildcard (or configured default) above, else 0.0.0.0;
 *    for a name that has both the configured one; a zone as written inherits as in lower case;
 *  - each domain of `guest_search` (NULL-terminated) and of the configuration's search list has a
 *    zone; where no wildcard or configured default reaches it, it and what lies below have none;
 *  - configured zones keep their default and their records, which come first; a configured record
 *    that a longer zone hides is repeated there; the root's default is always 0.0.0.0.
 * Returns 0 and fills *out (free with zones_clear), or -1 when memory is short, *out then empty.
 * n log n in the number of rules. Thread safe.
 */
int zones_build(const struct config *config, const struct allowlist *list,
                const char *const *guest_search, struct zones *out);

/* The zones as a JSON array in the bridge's form; length in *length, the caller frees it. NULL when
   memory is short. */
char *zones_to_json(const struct zones *zones, size_t *length);

/* Frees what the zones own and empties them. Takes emptied or zeroed zones. */
void zones_clear(struct zones *zones);

#endif
