/*
 * The matcher, and a reader for the one form of JSON it is fed.
 */
#include "tests/support/matcher_model.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool skip(const char **at, const char *expected)
{
    size_t length = strlen(expected);

    if (strncmp(*at, expected, length) != 0) {
        return false;
    }
    *at += length;
    return true;
}

static bool read_string(const char **at, char **out)
{
    const char *end = NULL;

    if (!skip(at, "\"")) {
        return false;
    }
    end = *at + strcspn(*at, "\"\\");
    if (*end != '"') {
        return false;
    }
    *out = strndup(*at, (size_t)(end - *at));
    *at = end + 1;
    return *out != NULL;
}

static bool read_record(const char **at, struct matcher_zone *zone)
{
    struct matcher_record *grown =
        realloc(zone->records, (zone->record_count + 1) * sizeof grown[0]);
    struct matcher_record *record = NULL;

    if (grown == NULL) {
        return false;
    }
    zone->records = grown;
    record = &grown[zone->record_count++];
    *record = (struct matcher_record){0};
    return skip(at, "{\"name\":") && read_string(at, &record->name) && skip(at, ",\"ip\":") &&
           read_string(at, &record->ip) && skip(at, "}");
}

static bool read_zone(const char **at, struct matcher *matcher)
{
    struct matcher_zone *grown =
        realloc(matcher->zones, (matcher->zone_count + 1) * sizeof grown[0]);
    struct matcher_zone *zone = NULL;

    if (grown == NULL) {
        return false;
    }
    matcher->zones = grown;
    zone = &grown[matcher->zone_count++];
    *zone = (struct matcher_zone){0};
    if (!skip(at, "{\"name\":") || !read_string(at, &zone->name) || !skip(at, ",\"records\":[")) {
        return false;
    }
    while (!skip(at, "]")) {
        if ((zone->record_count > 0 && !skip(at, ",")) || !read_record(at, zone)) {
            return false;
        }
    }
    return skip(at, ",\"default_ip\":") && read_string(at, &zone->default_ip) && skip(at, "}");
}

int matcher_read(const char *json, struct matcher *out)
{
    const char *at = json;

    *out = (struct matcher){0};
    if (!skip(&at, "[")) {
        return -1;
    }
    while (!skip(&at, "]")) {
        if ((out->zone_count > 0 && !skip(&at, ",")) || !read_zone(&at, out)) {
            matcher_clear(out);
            return -1;
        }
    }
    if (*at != '\0') {
        matcher_clear(out);
        return -1;
    }
    return 0;
}

void matcher_clear(struct matcher *matcher)
{
    for (size_t i = 0; i < matcher->zone_count; i++) {
        struct matcher_zone *zone = &matcher->zones[i];

        for (size_t j = 0; j < zone->record_count; j++) {
            free(zone->records[j].name);
            free(zone->records[j].ip);
        }
        free(zone->records);
        free(zone->name);
        free(zone->default_ip);
    }
    free(matcher->zones);
    *matcher = (struct matcher){0};
}

/* The bridge turns text into addresses; what does not parse is no default. */
static void answer_from(const struct matcher_zone *zone, const char *rest, char out[MATCHER_ANSWER])
{
    struct in_addr address;

    for (size_t i = 0; i < zone->record_count; i++) {
        if (zone->records[i].name[0] != '\0' && strcmp(zone->records[i].name, rest) == 0) {
            (void)snprintf(out, MATCHER_ANSWER, "%s", zone->records[i].ip);
            return;
        }
    }
    (void)snprintf(out, MATCHER_ANSWER, "%s",
                   inet_pton(AF_INET, zone->default_ip, &address) == 1 ? zone->default_ip
                                                                       : "NXDOMAIN");
}

void matcher_ask(const struct matcher *matcher, const char *query, char out[MATCHER_ANSWER])
{
    char question[512];
    char suffix[512];
    int length = snprintf(question, sizeof question, "%s.", query);

    for (size_t i = 0; i < matcher->zone_count; i++) {
        int tail = snprintf(suffix, sizeof suffix, ".%s", matcher->zones[i].name);

        if (tail <= length && strcmp(question + length - tail, suffix) == 0) {
            question[length - tail] = '\0';
            answer_from(&matcher->zones[i], question, out);
            return;
        }
    }
    (void)snprintf(out, MATCHER_ANSWER, "UPSTREAM");
}
