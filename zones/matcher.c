/*
 * The server's matcher; see matcher.h for where it is taken from.
 */
#include "zones/matcher.h"

#include <arpa/inet.h>
#include <string.h>

#include "zones/address.h"

bool matcher_address(const char *text, struct in_addr *out)
{
    if (address_is_ipv4(text, out)) {
        return true;
    }
    out->s_addr = htonl(INADDR_ANY); /* packDataA: four bytes, of which none is written */
    return address_is_literal(text, strlen(text));
}

bool matcher_fits(const struct zone *zone, const char *name, size_t *rest)
{
    const size_t zone_length = strlen(zone->name);
    const size_t length = strlen(name);

    if (zone_length == 0) {
        *rest = length;
        return true;
    }
    /* The question's own dot is the zone's last byte. */
    if (zone->name[zone_length - 1] != '.' || zone_length > length) {
        return false;
    }
    *rest = length - zone_length;
    return name[*rest] == '.' && memcmp(name + *rest + 1, zone->name, zone_length - 1) == 0;
}

bool matcher_record_fits(const struct zone_record *record, const char *name, size_t rest)
{
    return record->name == NULL || (record->name[0] != '\0' && strlen(record->name) == rest &&
                                    memcmp(record->name, name, rest) == 0);
}

void matcher_answer(const struct zone *zone, const char *name, size_t rest,
                    struct matcher_answer *out)
{
    const char *text = zone->default_ip;
    bool present;

    out->record = MATCHER_NONE;
    for (size_t i = 0; i < zone->record_count && out->record == MATCHER_NONE; i++) {
        if (matcher_record_fits(&zone->records[i], name, rest)) {
            out->record = i;
            text = zone->records[i].ip;
        }
    }
    present = matcher_address(text, &out->address);
    if (!present) {
        out->told = out->record == MATCHER_NONE ? MATCHER_NXDOMAIN : MATCHER_NO_ADDRESS;
    } else {
        out->told = out->address.s_addr == htonl(INADDR_ANY) ? MATCHER_SINKHOLE : MATCHER_ADDRESS;
    }
}

void matcher_ask(const struct zone *zones, size_t count, const char *name,
                 struct matcher_answer *out)
{
    *out = (struct matcher_answer){
        .told = MATCHER_UPSTREAM, .zone = MATCHER_NONE, .record = MATCHER_NONE};
    for (size_t i = 0; i < count; i++) {
        size_t rest = 0;

        if (matcher_fits(&zones[i], name, &rest)) {
            matcher_answer(&zones[i], name, rest, out);
            out->zone = i;
            return;
        }
    }
}
