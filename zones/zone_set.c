/*
 * Zones while they are being made. Two hash tables, one of zones and one of (zone, record name):
 * a table of records in each zone would cost a kilobyte for every zone of one record.
 */
#include "zones/zone_set.h"

#include <stdlib.h>
#include <string.h>

struct set_zone *zone_set_find(const struct zone_set *set, const char *name, size_t length)
{
    struct set_zone *zone = NULL;

    HASH_FIND(hh, set->zones, name, length, zone);
    return zone;
}

struct set_zone *zone_set_add(struct zone_set *set, const char *name)
{
    size_t length = strlen(name);
    struct set_zone *zone = zone_set_find(set, name, length);

    if (zone != NULL) {
        return zone;
    }
    zone = malloc(sizeof(*zone) + length + 1);
    if (zone == NULL) {
        return NULL;
    }
    *zone = (struct set_zone){.number = HASH_COUNT(set->zones)};
    memcpy(zone->name, name, length + 1);
    HASH_ADD_KEYPTR(hh, set->zones, zone->name, length, zone);
    if (!HASH_ADDED(zone)) {
        free(zone);
        return NULL;
    }
    return zone;
}

int zone_set_add_record(struct zone_set *set, struct set_zone *zone, const char *name,
                        size_t length, const char *ip)
{
    size_t key_length = sizeof(zone->number) + length;
    struct set_record *record = malloc(sizeof(*record) + key_length + 1);
    struct set_record *known = NULL;

    if (record == NULL) {
        return -1;
    }
    memcpy(record->key, &zone->number, sizeof(zone->number));
    memcpy(record->key + sizeof(zone->number), name, length);
    record->key[key_length] = '\0';
    HASH_FIND(hh, set->records, record->key, key_length, known);
    if (known != NULL) {
        free(record);
        return 0;
    }
    record->next = NULL;
    record->name = record->key + sizeof(zone->number);
    record->ip = ip;
    HASH_ADD_KEYPTR(hh, set->records, record->key, key_length, record);
    if (!HASH_ADDED(record)) {
        free(record);
        return -1;
    }
    if (zone->last == NULL) {
        zone->first = record;
    } else {
        zone->last->next = record;
    }
    zone->last = record;
    zone->record_count++;
    return 0;
}

/* Longer first, so that the first zone that fits is the one that fits best. The root is shortest.
 */
static int compare_zones(const void *left, const void *right)
{
    const struct zone *a = left;
    const struct zone *b = right;
    size_t a_length = strlen(a->name);
    size_t b_length = strlen(b->name);

    if (a_length != b_length) {
        return a_length > b_length ? -1 : 1;
    }
    return memcmp(a->name, b->name, a_length);
}

static int export_zone(const struct set_zone *from, struct zone *to)
{
    to->name = strdup(from->name);
    to->default_ip = strdup(from->default_ip);
    if (to->name == NULL || to->default_ip == NULL) {
        return -1;
    }
    if (from->record_count == 0) {
        return 0;
    }
    to->records = calloc(from->record_count, sizeof(to->records[0]));
    if (to->records == NULL) {
        return -1;
    }
    for (const struct set_record *record = from->first; record != NULL; record = record->next) {
        struct zone_record *copy = &to->records[to->record_count++];

        copy->name = strdup(record->name);
        copy->ip = strdup(record->ip);
        if (copy->name == NULL || copy->ip == NULL) {
            return -1;
        }
    }
    return 0;
}

int zone_set_export(const struct zone_set *set, struct zones *out)
{
    size_t count = HASH_COUNT(set->zones);

    *out = (struct zones){0};
    if (count == 0) {
        return 0;
    }
    out->list = calloc(count, sizeof(out->list[0]));
    if (out->list == NULL) {
        return -1;
    }
    for (const struct set_zone *zone = set->zones; zone != NULL; zone = zone->hh.next) {
        if (export_zone(zone, &out->list[out->count++]) != 0) {
            zones_clear(out);
            return -1;
        }
        out->rule_zone_count += zone->ruled ? 1 : 0;
    }
    qsort(out->list, out->count, sizeof(out->list[0]), compare_zones);
    return 0;
}

void zone_set_clear(struct zone_set *set)
{
    struct set_zone *zone = set->zones;
    struct set_record *record = set->records;

    HASH_CLEAR(hh, set->records);
    while (record != NULL) {
        struct set_record *next = record->hh.next;

        free(record);
        record = next;
    }
    HASH_CLEAR(hh, set->zones);
    while (zone != NULL) {
        struct set_zone *next = zone->hh.next;

        free(zone);
        zone = next;
    }
}
