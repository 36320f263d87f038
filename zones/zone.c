/*
 * The end of a zone.
 */
#include "zones/zone.h"

#include <stdlib.h>

void zone_clear(struct zone *zone)
{
    for (size_t i = 0; i < zone->record_count; i++) {
        free(zone->records[i].name);
        free(zone->records[i].ip);
    }
    free(zone->records);
    free(zone->name);
    free(zone->default_ip);
    *zone = (struct zone){0};
}
