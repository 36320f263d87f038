/*
 * Zones as a list: to JSON, and gone.
 */
#include "zones/zones.h"

#include <stdlib.h>

#include "zones/json_string.h"
#include "zones/text.h"

static void add_member(struct text *out, const char *opening, const char *value)
{
    text_add_string(out, opening);
    json_string_encode(out, value);
}

static void add_zone(struct text *out, const struct zone *zone)
{
    add_member(out, "{\"name\":", zone->name);
    text_add_string(out, ",\"records\":[");
    for (size_t i = 0; i < zone->record_count; i++) {
        add_member(out, i == 0 ? "{\"name\":" : ",{\"name\":", zone->records[i].name);
        add_member(out, ",\"ip\":", zone->records[i].ip);
        text_add_string(out, "}");
    }
    add_member(out, "],\"default_ip\":", zone->default_ip);
    text_add_string(out, "}");
}

char *zones_to_json(const struct zones *zones, size_t *length)
{
    struct text out = {0};

    text_add_string(&out, "[");
    for (size_t i = 0; i < zones->count; i++) {
        if (i > 0) {
            text_add_string(&out, ",");
        }
        add_zone(&out, &zones->list[i]);
    }
    text_add_string(&out, "]");
    *length = out.length;
    return text_take(&out);
}

void zones_clear(struct zones *zones)
{
    for (size_t i = 0; i < zones->count; i++) {
        zone_clear(&zones->list[i]);
    }
    free(zones->list);
    *zones = (struct zones){0};
}
