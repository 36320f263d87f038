/*
 * The answers table: what each host of a configuration resolves to, wherever that is known from:
 * the resolver, a handover, a file. Whoever plans fills it, and plan_decide takes it.
 */
#ifndef PLAN_ANSWERS_H
#define PLAN_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "resolver/resolver.h"
#include "zones/allowlist.h"

struct answers {
    struct resolver_host *hosts; /* one for each name; names owned */
    size_t count;
    struct resolver_host missing; /* stands for a host that is not in the table. Zeroed it is
                                     RESOLVER_UNTRIED */
    bool failed;                  /* memory was short: the table is incomplete */
};

/* Fills an empty table with the hosts of `list` that no configured record answers, in its order,
   with nothing known about them. */
void answers_begin(const struct allowlist *list, struct answers *out);

/* Begins a table for `list`, asks the resolver for all of it and sorts it; `options` and `observer`
   are resolver_run's. Blocks for at most the budget. */
void answers_resolve(const struct allowlist *list, const struct resolver_options *options,
                     const struct resolver_observer *observer, struct answers *out);

/* Adds a copy of `name`, nothing known about it. The entry, or NULL where memory was short. n calls
   take linear time. */
struct resolver_host *answers_add(struct answers *answers, const char *name);

/* Puts the table in the order of the names, which answers_find needs. */
void answers_sort(struct answers *answers);

/* What is known about `name` (any case, one trailing dot allowed): of the table, or its `missing`.
   Borrowed. */
const struct resolver_host *answers_find(const struct answers *answers, const char *name);

/* Frees what the table owns and empties it. Takes a zeroed or emptied table. */
void answers_clear(struct answers *answers);

#endif
