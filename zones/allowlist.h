/*
 * All rules of one configuration, and the hosts whose addresses they need.
 */
#ifndef ZONES_ALLOWLIST_H
#define ZONES_ALLOWLIST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "zones/config.h"
#include "zones/rule.h"

/* A name whose address some rule needs. Each name is listed once, in the order first named. */
struct allow_host {
    const char *name;       /* lower case; borrowed from the rule that named it first */
    bool exact;             /* an exact rule names it */
    bool wildcard;          /* it is the domain of a wildcard rule */
    bool configured;        /* a record in `dns_zones` answers it: not to be looked up */
    const char *unusable;   /* the configured record's text where it is no IPv4 address, else NULL;
                               borrowed from the configuration */
    bool answered;          /* `address` is valid; set here when configured, else by the caller */
    struct in_addr address; /* what the guest is told */
};

struct allow_rule {
    struct rule rule;
    size_t host; /* index into `hosts` for EXACT and WILDCARD */
};

struct allowlist {
    struct allow_rule *rules; /* one for each entry of `allow_net`, same order */
    size_t rule_count;
    struct allow_host *hosts;
    size_t host_count;
    size_t bad_count;      /* rules of kind RULE_BAD */
    size_t hostname_count; /* rules of kind EXACT or WILDCARD */
};

/*
 * Reads the rules of `config`, which must outlive the list. `use_configured` says whether records
 * in `dns_zones` count as answers: they do not in 0.8.x, which never reaches them. Returns 0 and
 * fills *out (free with allowlist_clear), or -1 when memory is short, *out then empty. Linear in
 * the number of rules. Thread safe.
 */
int allowlist_read(const struct config *config, bool use_configured, struct allowlist *out);

/*
 * What a 0.8.x bridge cannot serve whatever its configuration says, since it puts its own unsorted
 * zones first: wildcards, rules that shadow each other, single labels, upper case, trailing dots.
 * Returns 0 with *why a text that names the rules (the caller frees it), or NULL if it can serve
 * them all; -1 when memory is short. n log n in the number of rules.
 */
int allowlist_legacy_fault(const struct allowlist *list, char **why);

/* Frees what the list owns and empties it. Takes an emptied or zeroed list. */
void allowlist_clear(struct allowlist *list);

#endif
