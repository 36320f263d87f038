/*
 * The zones that the guest's DNS server goes through, and what it makes of a question.
 *
 * gvisor-tap-vsock v0.8.7, pkg/services/dns/dns.go, addLocalAnswers: zones in their order, the
 * first whose name behind a dot ends the question answers alone; its first record of the remaining
 * name, else its default, else NXDOMAIN. Bytes are compared as they are.
 */
#ifndef EXPLAIN_VIEW_H
#define EXPLAIN_VIEW_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "zones/config.h"
#include "zones/zones.h"

/* "No rule", "no zone", "no record". */
#define VIEW_NONE ((size_t)-1)

/* What the server hands out for an address; `present` false where there is none. */
struct view_address {
    bool present;
    struct in_addr v4;
};

struct view_record {
    char *name; /* labels left of the zone; NULL: any, the record of a wildcard rule */
    struct view_address address;
    size_t rule; /* that made it, or VIEW_NONE */
};

enum view_origin {
    VIEW_CONFIGURED, /* given in `dns_zones` */
    VIEW_RULE,       /* made by the bridge for a rule */
    VIEW_CATCH_ALL,  /* made by the bridge, denies what nobody lists */
    VIEW_REPAIR      /* in the list of the repair */
};

struct view_zone {
    char *name; /* with the dot at its end; "" for the root */
    enum view_origin origin;
    size_t rule; /* the first that asked for it, or VIEW_NONE */
    struct view_record *records;
    size_t record_count;
    struct view_address otherwise; /* for names it does not list; absent: NXDOMAIN */
};

/* In the order in which the server has them, save that those from `random` on, `random_count` of
   them in the order of insertion, come in that of a Go map. */
struct view {
    struct view_zone *zones;
    size_t count;
    size_t random;
    size_t random_count;
};

enum view_told {
    VIEW_ADDRESS,
    VIEW_SINKHOLE,   /* 0.0.0.0 */
    VIEW_NO_ADDRESS, /* an A record of length 0 */
    VIEW_NXDOMAIN,
    VIEW_UPSTREAM /* no zone fits: the host's resolver is asked */
};

/* What a guest may be told. */
struct view_outcome {
    enum view_told told;
    struct in_addr address; /* VIEW_ADDRESS */
    double probability;
    size_t zone;   /* that answers, or VIEW_NONE */
    size_t record; /* within it, or VIEW_NONE: its default, or none */
};

struct view_outcomes {
    struct view_outcome *list; /* one for each zone that may answer; most likely first */
    size_t count;
};

/* The zone of that name and origin, made at the end where it is new; NULL when memory is short. */
struct view_zone *view_zone(struct view *view, const char *name, enum view_origin origin,
                            size_t rule);

/* Appends a record; `name` NULL for any. Returns 0, or -1 when memory is short. */
int view_record(struct view_zone *zone, const char *name, struct view_address address, size_t rule);

/* What the server makes of the text of an address (net.ParseIP, and the A record it packs). */
struct view_address view_address(const char *text);

/* Appends the configured zones; `records` says whether this bridge knows their records. Returns 0,
   or -1 when memory is short. */
int view_add_configured(struct view *view, const struct config *config, bool records);

/* The zones of the repair, in their final order. Returns 0, or -1 when memory is short; end with
   view_clear either way. */
int view_repaired(const struct zones *zones, struct view *out);

/* What a guest is told that asks for the A record of `name` (no dot at its end). Returns 0 and
   fills *out, whose list the caller frees; -1 when memory is short. */
int view_ask(const struct view *view, const char *name, struct view_outcomes *out);

/* The zone that has a record of an address for `name`, by name and not by wildcard, wherever it
   stands; VIEW_NONE where there is none. */
size_t view_owner(const struct view *view, const char *name);

void view_clear(struct view *view);

#endif
