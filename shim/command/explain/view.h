/*
 * The zones that the guest's DNS server goes through, and what a guest makes of its answers.
 */
#ifndef EXPLAIN_VIEW_H
#define EXPLAIN_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/boxlite/guest.h"
#include "zones/config.h"
#include "zones/matcher.h"
#include "zones/zones.h"

/* "No rule", "no zone". */
#define VIEW_NONE MATCHER_NONE

enum view_origin {
    VIEW_CONFIGURED, /* given in `dns_zones` */
    VIEW_RULE,       /* made by the bridge for a rule */
    VIEW_CATCH_ALL,  /* made by the bridge, denies what nobody lists */
    VIEW_REPAIR      /* in the list of the repair */
};

struct view_zone {
    struct zone zone; /* owned */
    enum view_origin origin;
    size_t rule;     /* the first that asked for it, or VIEW_NONE */
    size_t wildcard; /* the rule whose record answers for any name, or VIEW_NONE */
};

/* In the order in which the server has them, save that those from `random` on, `random_count` of
   them in the order of the rules, come in that of a Go map: another one in each box. */
struct view {
    struct view_zone *zones;
    size_t count;
    size_t random;
    size_t random_count;
};

/* What a guest may be told. */
struct view_outcomes {
    char question[GUEST_NAME_SIZE]; /* the name whose answer counts, no dot at its end */
    struct matcher_answer *list;    /* one for each zone that may come first */
    size_t count;
};

/* The zone of that name and origin, made at the end where it is new, with the default that is
   given; NULL when memory is short. */
struct view_zone *view_zone(struct view *view, const char *name, enum view_origin origin,
                            size_t rule, const char *default_ip);

/* Appends a record; `name` NULL for any. Returns 0, or -1 when memory is short. */
int view_record(struct view_zone *zone, const char *name, const char *ip);

/* Appends the configured zones; `records` says whether this bridge knows their records. Returns 0,
   or -1 when memory is short. */
int view_add_configured(struct view *view, const struct config *config, bool records);

/* The zones of the repair, in their final order. Returns 0, or -1 when memory is short; end with
   view_clear either way. */
int view_repaired(const struct zones *zones, struct view *out);

/*
 * What a guest is told whose libc looks up `name` (no dot at its end), with the guest's search
 * list. Returns 0 and fills *out, whose list the caller frees; -1 when memory is short.
 */
int view_ask(const struct view *view, const char *name, struct view_outcomes *out);

/* Whether all of them tell a guest the same. */
bool view_told_alike(const struct matcher_answer *left, const struct matcher_answer *right);
bool view_settled(const struct view_outcomes *outcomes);

/* The zone that has a record of an address for `name`, by name and not by wildcard, wherever it
   stands; VIEW_NONE where there is none. */
size_t view_owner(const struct view *view, const char *name);

void view_clear(struct view *view);

#endif
