/*
 * What the names below a wildcard are answered with: zones inherit defaults.
 *
 * An exact rule a.b.c makes the zone b.c., which the matcher prefers to a zone c. that `*.c` makes.
 * Without the wildcard's address as its own default it would deny every other name below b.c.
 *
 * Below a domain of a search list nothing may answer 0.0.0.0: to libc an address is an answer, and
 * it ends the search there.
 */
#include "zones/wildcards.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "zones/address.h"
#include "zones/hostname.h"

struct wildcard {
    char ip[INET_ADDRSTRLEN]; /* empty where the domain has no address */
    UT_hash_handle hh;
};

struct wildcards {
    struct wildcard *table; /* by domain, without trailing dot; the names are the hosts' */
    struct wildcard nodes[];
};

int wildcards_new(const struct allowlist *list, struct wildcards **out)
{
    struct wildcards *wildcards =
        calloc(1, sizeof(*wildcards) + list->host_count * sizeof(wildcards->nodes[0]));

    *out = wildcards;
    if (wildcards == NULL) {
        return -1;
    }
    for (size_t i = 0; i < list->host_count; i++) {
        const struct allow_host *host = &list->hosts[i];
        struct wildcard *node = &wildcards->nodes[i];

        if (!host->wildcard) {
            continue;
        }
        if (host->answered) {
            (void)inet_ntop(AF_INET, &host->address, node->ip, sizeof(node->ip));
        }
        HASH_ADD_KEYPTR(hh, wildcards->table, host->name, strlen(host->name), node);
        if (!HASH_ADDED(node)) {
            wildcards_free(wildcards);
            *out = NULL;
            return -1;
        }
    }
    return 0;
}

void wildcards_free(struct wildcards *wildcards)
{
    if (wildcards != NULL) {
        HASH_CLEAR(hh, wildcards->table);
        free(wildcards);
    }
}

/* The default of a configured zone, NULL where it has none that a deeper zone could repeat. */
static const char *configured_default(const struct set_zone *zone)
{
    struct in_addr unused;

    if (zone == NULL || !zone->configured || !address_is_ipv4(zone->default_ip, &unused)) {
        return NULL;
    }
    return zone->default_ip;
}

static bool is_searched(const struct set_zone *zone)
{
    return zone != NULL && zone->searched;
}

const char *wildcards_default(const struct wildcards *wildcards, const struct zone_set *set,
                              const char *name)
{
    const char *nothing = "0.0.0.0"; /* what denies where no rule says otherwise */
    char lower[HOSTNAME_MAX + 2];
    size_t length = strlen(name);
    size_t at = 0;

    if (length >= sizeof(lower)) { /* no rule is as long */
        return nothing;
    }
    for (size_t i = 0; i <= length; i++) {
        lower[i] = hostname_lower(name[i]);
    }
    while (at < length) {
        const struct set_zone *written = zone_set_find(set, name + at, length - at);
        const struct set_zone *lowered = zone_set_find(set, lower + at, length - at);
        const char *found = configured_default(written);
        const struct wildcard *wildcard = NULL;

        if (found == NULL) {
            found = configured_default(lowered);
        }
        if (found != NULL) {
            return found;
        }
        HASH_FIND(hh, wildcards->table, lower + at, length - at - 1, wildcard);
        if (wildcard != NULL) {
            return wildcard->ip;
        }
        if (is_searched(written) || is_searched(lowered)) {
            nothing = "";
        }
        at += strcspn(name + at, ".") + 1;
    }
    return nothing;
}
