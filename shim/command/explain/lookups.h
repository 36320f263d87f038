/*
 * What the names of a configuration resolve to: from a file, or from the resolver.
 */
#ifndef EXPLAIN_LOOKUPS_H
#define EXPLAIN_LOOKUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "resolver/resolver.h"
#include "zones/allowlist.h"

struct lookups {
    struct resolver_host *hosts; /* sorted by name; their names are owned */
    size_t count;
    bool failed; /* memory was short for an answer */
};

/*
 * Reads a file with a line for each host: its name, then its addresses, or one of the words
 * "nxdomain", "ipv6-only" and "fails"; "#" begins a comment. Only IPv6 addresses mean the same as
 * "ipv6-only". A name that the file lacks does not exist. Returns 0, or -1 with a message on
 * standard error; either way end with lookups_clear.
 */
int lookups_read(const char *path, const struct resolver_options *options, struct lookups *out);

/* Asks the resolver for the hosts of `list` that no configured record answers. Returns 0, or -1
   with a message on standard error. Blocks for at most the budget. */
int lookups_resolve(const struct allowlist *list, const struct resolver_options *options,
                    struct lookups *out);

/* The answer for `name` (any case, one trailing dot allowed), or NULL where nobody asked. */
const struct resolver_host *lookups_find(const struct lookups *lookups, const char *name);

/* A plan_lookup_fn; the context is a struct lookups. */
void lookups_answer(void *context, const struct resolver_options *options,
                    struct resolver_host *hosts, size_t count,
                    const struct resolver_observer *observer);

/* Frees what the lookups own. */
void lookups_clear(struct lookups *lookups);

#endif
