/*
 * Zones in an order of which a part is left to chance; see view.h.
 */
#include "shim/command/explain/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct view_zone *append_zone(struct view *view, const char *name, enum view_origin origin,
                                     const char *default_ip)
{
    struct view_zone *grown = realloc(view->zones, (view->count + 1) * sizeof(grown[0]));

    if (grown == NULL) {
        return NULL;
    }
    view->zones = grown;
    grown += view->count;
    *grown = (struct view_zone){.zone = {.name = strdup(name), .default_ip = strdup(default_ip)},
                                .origin = origin,
                                .rule = VIEW_NONE,
                                .wildcard = VIEW_NONE};
    view->count++;
    return grown->zone.name != NULL && grown->zone.default_ip != NULL ? grown : NULL;
}

struct view_zone *view_zone(struct view *view, const char *name, enum view_origin origin,
                            size_t rule, const char *default_ip)
{
    struct view_zone *zone;

    for (size_t i = 0; i < view->count; i++) {
        if (view->zones[i].origin == origin && strcmp(view->zones[i].zone.name, name) == 0) {
            return &view->zones[i];
        }
    }
    zone = append_zone(view, name, origin, default_ip);
    if (zone != NULL) {
        zone->rule = rule;
    }
    return zone;
}

int view_record(struct view_zone *zone, const char *name, const char *ip)
{
    struct zone *to = &zone->zone;
    struct zone_record *grown = realloc(to->records, (to->record_count + 1) * sizeof(grown[0]));
    struct zone_record *record;

    if (grown == NULL) {
        return -1;
    }
    to->records = grown;
    record = &grown[to->record_count++];
    *record = (struct zone_record){.name = name != NULL ? strdup(name) : NULL, .ip = strdup(ip)};
    return record->ip == NULL || (name != NULL && record->name == NULL) ? -1 : 0;
}

static int append_copy(struct view *view, const struct zone *from, enum view_origin origin,
                       bool records)
{
    struct view_zone *zone = append_zone(view, from->name, origin, from->default_ip);

    if (zone == NULL) {
        return -1;
    }
    for (size_t i = 0; records && i < from->record_count; i++) {
        if (view_record(zone, from->records[i].name, from->records[i].ip) != 0) {
            return -1;
        }
    }
    return 0;
}

int view_add_configured(struct view *view, const struct config *config, bool records)
{
    for (size_t i = 0; i < config->zone_count; i++) {
        if (append_copy(view, &config->zones[i], VIEW_CONFIGURED, records) != 0) {
            return -1;
        }
    }
    return 0;
}

int view_repaired(const struct zones *zones, struct view *out)
{
    *out = (struct view){0};
    for (size_t i = 0; i < zones->count; i++) {
        if (append_copy(out, &zones->list[i], VIEW_REPAIR, true) != 0) {
            return -1;
        }
    }
    return 0;
}

static bool is_random(const struct view *view, size_t zone)
{
    return zone >= view->random && zone - view->random < view->random_count;
}

/* What may be answered to out->question: the first zone that fits does, but any of those in random
   order may be that. */
static void ask(const struct view *view, struct view_outcomes *out)
{
    out->count = 0;
    for (size_t i = 0; i < view->count; i++) {
        size_t rest = 0;

        /* Behind zones in random order, one of which fits, nothing is asked. */
        if (out->count > 0 && !is_random(view, i)) {
            return;
        }
        if (matcher_fits(&view->zones[i].zone, out->question, &rest)) {
            struct matcher_answer *answer = &out->list[out->count++];

            matcher_answer(&view->zones[i].zone, out->question, rest, answer);
            answer->zone = i;
            if (!is_random(view, i)) {
                return;
            }
        }
    }
    if (out->count == 0) {
        out->list[out->count++] = (struct matcher_answer){
            .told = MATCHER_UPSTREAM, .zone = VIEW_NONE, .record = MATCHER_NONE};
    }
}

int view_ask(const struct view *view, const char *name, struct view_outcomes *out)
{
    out->list = calloc(view->random_count + 1, sizeof(out->list[0]));
    if (out->list == NULL) {
        return -1;
    }
    for (size_t i = 0; guest_question(name, i, out->question); i++) {
        ask(view, out);
        /* No zone in random order answers so: they have a default, 0.0.0.0. */
        if (out->list[0].told != MATCHER_NXDOMAIN) {
            return 0;
        }
    }
    /* Not found is what the answer to the name itself says. */
    (void)snprintf(out->question, sizeof(out->question), "%s", name);
    ask(view, out);
    return 0;
}

bool view_told_alike(const struct matcher_answer *left, const struct matcher_answer *right)
{
    return left->told == right->told &&
           (left->told != MATCHER_ADDRESS || left->address.s_addr == right->address.s_addr);
}

bool view_settled(const struct view_outcomes *outcomes)
{
    for (size_t i = 1; i < outcomes->count; i++) {
        if (!view_told_alike(&outcomes->list[0], &outcomes->list[i])) {
            return false;
        }
    }
    return true;
}

size_t view_owner(const struct view *view, const char *name)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct zone *zone = &view->zones[i].zone;
        size_t rest = 0;

        for (size_t j = 0; matcher_fits(zone, name, &rest) && j < zone->record_count; j++) {
            struct in_addr address;

            if (zone->records[j].name != NULL && matcher_address(zone->records[j].ip, &address) &&
                matcher_record_fits(&zone->records[j], name, rest)) {
                return i;
            }
        }
    }
    return VIEW_NONE;
}

void view_clear(struct view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        zone_clear(&view->zones[i].zone);
    }
    free(view->zones);
    *view = (struct view){0};
}
