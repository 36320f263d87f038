#include "shim/command/explain/view.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "shim/command/explain/map_order.h"
#include "zones/address.h"

static struct view_zone *append_zone(struct view *view, const char *name, enum view_origin origin)
{
    struct view_zone *grown = realloc(view->zones, (view->count + 1) * sizeof grown[0]);

    if (grown == NULL)
        return NULL;
    view->zones = grown;
    grown += view->count;
    *grown = (struct view_zone){.name = strdup(name), .origin = origin, .rule = VIEW_NONE};
    if (grown->name == NULL)
        return NULL;
    view->count++;
    return grown;
}

struct view_zone *view_zone(struct view *view, const char *name, enum view_origin origin,
                            size_t rule)
{
    struct view_zone *zone;

    for (size_t i = 0; i < view->count; i++) {
        if (view->zones[i].origin == origin && strcmp(view->zones[i].name, name) == 0)
            return &view->zones[i];
    }
    zone = append_zone(view, name, origin);
    if (zone != NULL)
        zone->rule = rule;
    return zone;
}

int view_record(struct view_zone *zone, const char *name, struct view_address address, size_t rule)
{
    struct view_record *grown = realloc(zone->records, (zone->record_count + 1) * sizeof grown[0]);

    if (grown == NULL)
        return -1;
    zone->records = grown;
    grown += zone->record_count;
    *grown = (struct view_record){.address = address, .rule = rule};
    if (name != NULL) {
        grown->name = strdup(name);
        if (grown->name == NULL)
            return -1;
    }
    zone->record_count++;
    return 0;
}

struct view_address view_address(const char *text)
{
    struct view_address address = {0};

    if (address_is_ipv4(text, &address.v4)) {
        address.present = true;
    } else if (address_is_literal(text, strlen(text))) {
        /* miekg/dns v1.1.68, packDataA: four bytes of which none is written. */
        address.present = true;
        address.v4.s_addr = htonl(INADDR_ANY);
    }
    return address;
}

int view_add_configured(struct view *view, const struct config *config, bool records)
{
    for (size_t i = 0; i < config->zone_count; i++) {
        const struct config_zone *from = &config->zones[i];
        struct view_zone *zone = append_zone(view, from->name, VIEW_CONFIGURED);

        if (zone == NULL)
            return -1;
        zone->otherwise = view_address(from->default_ip);
        for (size_t j = 0; records && j < from->record_count; j++) {
            if (view_record(zone, from->records[j].name, view_address(from->records[j].ip),
                            VIEW_NONE) != 0)
                return -1;
        }
    }
    return 0;
}

int view_repaired(const struct zones *zones, struct view *out)
{
    *out = (struct view){0};
    for (size_t i = 0; i < zones->count; i++) {
        const struct zone *from = &zones->list[i];
        struct view_zone *zone = append_zone(out, from->name, VIEW_REPAIR);

        if (zone == NULL)
            return -1;
        zone->otherwise = view_address(from->default_ip);
        for (size_t j = 0; j < from->record_count; j++) {
            if (view_record(zone, from->records[j].name, view_address(from->records[j].ip),
                            VIEW_NONE) != 0)
                return -1;
        }
    }
    return 0;
}

/* Whether zone `zone` ends the question `name` + "."; *rest becomes the length of what is left. */
static bool zone_fits(const char *zone, const char *name, size_t *rest)
{
    const size_t zone_length = strlen(zone);
    const size_t length = strlen(name);

    if (zone_length == 0) {
        *rest = length;
        return true;
    }
    /* The question's own dot is the zone's last byte. */
    if (zone[zone_length - 1] != '.' || zone_length > length)
        return false;
    *rest = length - zone_length;
    return name[*rest] == '.' && memcmp(name + *rest + 1, zone, zone_length - 1) == 0;
}

static bool record_fits(const struct view_record *record, const char *name, size_t rest)
{
    return record->name == NULL || (record->name[0] != '\0' && strlen(record->name) == rest &&
                                    memcmp(record->name, name, rest) == 0);
}

static void answer_from(const struct view_zone *zone, const char *name, size_t rest,
                        struct view_outcome *out)
{
    struct view_address address = zone->otherwise;

    out->record = VIEW_NONE;
    for (size_t i = 0; i < zone->record_count && out->record == VIEW_NONE; i++) {
        if (record_fits(&zone->records[i], name, rest)) {
            out->record = i;
            address = zone->records[i].address;
        }
    }
    out->address = address.v4;
    if (!address.present)
        out->told = out->record == VIEW_NONE ? VIEW_NXDOMAIN : VIEW_NO_ADDRESS;
    else
        out->told = address.v4.s_addr == htonl(INADDR_ANY) ? VIEW_SINKHOLE : VIEW_ADDRESS;
}

static int compare_outcomes(const void *left, const void *right)
{
    const struct view_outcome *a = left;
    const struct view_outcome *b = right;

    if (a->probability != b->probability)
        return a->probability < b->probability ? 1 : -1;
    return (a->zone > b->zone) - (a->zone < b->zone);
}

static bool is_random(const struct view *view, size_t zone)
{
    return zone >= view->random && zone - view->random < view->random_count;
}

/* The probabilities of the first `count` outcomes, all of zones in random order. */
static int weigh(const struct view *view, struct view_outcomes *out)
{
    size_t *entries = calloc(out->count, sizeof entries[0]);
    double *probability = calloc(out->count, sizeof probability[0]);
    int status = -1;

    if (entries != NULL && probability != NULL) {
        for (size_t i = 0; i < out->count; i++)
            entries[i] = out->list[i].zone - view->random;
        map_order_first(view->random_count, entries, out->count, probability);
        for (size_t i = 0; i < out->count; i++)
            out->list[i].probability = probability[i];
        status = 0;
    }
    free(entries);
    free(probability);
    return status;
}

int view_ask(const struct view *view, const char *name, struct view_outcomes *out)
{
    bool settled = false;

    out->count = 0;
    out->list = calloc(view->random_count + 1, sizeof out->list[0]);
    if (out->list == NULL)
        return -1;
    for (size_t i = 0; i < view->count && !settled; i++) {
        struct view_outcome *outcome = &out->list[out->count];
        size_t rest = 0;

        /* Behind zones in random order, one of which fits, nothing is asked. */
        if (out->count > 0 && !is_random(view, i))
            break;
        if (!zone_fits(view->zones[i].name, name, &rest))
            continue;
        outcome->zone = i;
        answer_from(&view->zones[i], name, rest, outcome);
        out->count++;
        settled = !is_random(view, i);
    }
    if (out->count == 0) {
        out->list[0] = (struct view_outcome){
            .told = VIEW_UPSTREAM, .probability = 1, .zone = VIEW_NONE, .record = VIEW_NONE};
        out->count = 1;
    } else if (settled) {
        out->list[0].probability = 1;
    } else if (weigh(view, out) != 0) {
        free(out->list);
        *out = (struct view_outcomes){0};
        return -1;
    }
    qsort(out->list, out->count, sizeof out->list[0], compare_outcomes);
    return 0;
}

size_t view_owner(const struct view *view, const char *name)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct view_zone *zone = &view->zones[i];
        size_t rest = 0;

        for (size_t j = 0; zone_fits(zone->name, name, &rest) && j < zone->record_count; j++) {
            if (zone->records[j].name != NULL && zone->records[j].address.present &&
                record_fits(&zone->records[j], name, rest))
                return i;
        }
    }
    return VIEW_NONE;
}

void view_clear(struct view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        struct view_zone *zone = &view->zones[i];

        for (size_t j = 0; j < zone->record_count; j++)
            free(zone->records[j].name);
        free(zone->records);
        free(zone->name);
    }
    free(view->zones);
    *view = (struct view){0};
}
