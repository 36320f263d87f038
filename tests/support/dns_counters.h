/*
 * How far each name has come in its list of steps. Apart from the script, because a script that is
 * read anew carries on where the old one was.
 */
#ifndef SUPPORT_DNS_COUNTERS_H
#define SUPPORT_DNS_COUNTERS_H

#include <stdbool.h>

#include "tests/support/dns_ldns.h"

struct dns_counter {
    ldns_rbnode_t node;
    char *key;
    unsigned questions; /* A questions that took a step */
    unsigned asked;     /* A questions */
    unsigned others;    /* questions for other types */
    bool truncated;     /* the last answer had TC: one question over TCP belongs to the same step */
};

struct dns_counters {
    ldns_rbtree_t *tree;
};

/* Returns 0, or -1 when memory is short. Free with dns_counters_clear. */
int dns_counters_init(struct dns_counters *counters);

/*
 * The counter of `name`. `address` is that of the script entry: "" where all listen addresses share
 * one. Borrowed until the next clear. NULL when memory is short.
 */
struct dns_counter *dns_counters_get(struct dns_counters *counters, const char *address,
                                     const char *name);

/* Forgets all counters and frees them. May be used again after dns_counters_init. */
void dns_counters_clear(struct dns_counters *counters);

#endif
