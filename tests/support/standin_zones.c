/*
 * boxlite 0.9.7, gvproxy-bridge/dns_filter.go, and gvisor-tap-vsock v0.8.7,
 * pkg/services/dns/dns.go, addLocalAnswers, as far as an A question can tell.
 */
#include "tests/support/standin_zones.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "tests/support/standin_log.h"
#include "zones/address.h"

static struct standin_zone *zone_append(struct standin_zones *zones, const char *name)
{
    struct standin_zone *zone = realloc(zones->list, (zones->count + 1) * sizeof(*zone));

    if (zone == NULL) {
        return NULL;
    }
    zones->list = zone;
    zone += zones->count;
    *zone = (struct standin_zone){.name = strdup(name)};
    if (zone->name == NULL) {
        return NULL;
    }
    zones->count++;
    return zone;
}

/* The rules' zone of that name, made where it is new: it denies what it has no record of. */
static struct standin_zone *zone_of(struct standin_zones *zones, const char *name)
{
    struct standin_zone *zone;

    for (size_t i = 0; i < zones->count; i++) {
        if (strcmp(zones->list[i].name, name) == 0) {
            return &zones->list[i];
        }
    }
    zone = zone_append(zones, name);
    if (zone != NULL) {
        zone->has_default = true;
    }
    return zone;
}

/* `name` and `address` may be NULL. */
static int record_add(struct standin_zone *zone, const char *name, const struct in_addr *address)
{
    struct standin_record *record;

    if (zone == NULL) {
        return -1;
    }
    record = realloc(zone->records, (zone->record_count + 1) * sizeof(*record));
    if (record == NULL) {
        return -1;
    }
    zone->records = record;
    record += zone->record_count;
    *record = (struct standin_record){0};
    if (name != NULL && (record->name = strdup(name)) == NULL) {
        return -1;
    }
    if (address != NULL) {
        record->has_address = true;
        record->address = *address;
    }
    zone->record_count++;
    return 0;
}

/* Asks once, as long as it may take, and goes on without the host if that fails. */
static int resolve(struct standin_zones *zones, const char *host, const char *zone,
                   const char *label)
{
    /* As Go's cgo resolver asks. */
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    const int fault = getaddrinfo(host, NULL, &hints, &list);
    int status = 0;

    if (fault != 0) {
        standin_log(STANDIN_WARN, "allowNet: DNS resolution failed for allowed host",
                    "hostname=%s error=%s", host, gai_strerror(fault));
        return 0;
    }
    for (const struct addrinfo *at = list; at != NULL && status == 0; at = at->ai_next) {
        struct sockaddr_in address;

        if (at->ai_family != AF_INET) {
            continue;
        }
        memcpy(&address, at->ai_addr, sizeof(address));
        status = record_add(zone_of(zones, zone), label, &address.sin_addr);
    }
    freeaddrinfo(list);
    return status;
}

/* Go's net.SplitHostPort; a host that it would reject stays as it is. */
static char *without_port(char *host)
{
    char *const colon = strrchr(host, ':');

    if (colon == NULL) {
        return host;
    }
    if (host[0] == '[' && colon[-1] == ']' && strchr(host, ']') == colon - 1) {
        colon[-1] = '\0';
        return host + 1;
    }
    if (host[0] != '[' && strchr(host, ':') == colon) {
        *colon = '\0';
    }
    return host;
}

/* Zone `parent.` and record `label` for an exact name; where nothing can be cut off the zone is the
   name itself, and a record that no question can match. */
static int rule_add(struct standin_zones *zones, char *rule)
{
    char *const host = without_port(rule);
    const bool wildcard = strncmp(host, "*.", 2) == 0;
    char *const name = wildcard ? host + 2 : host;
    const char *const dot = wildcard ? NULL : strchr(name, '.');
    const char *const parent = dot != NULL ? dot + 1 : name;
    char *const zone = calloc(1, strlen(parent) + 2);
    char *const label = dot != NULL ? strndup(name, (size_t)(dot - name)) : NULL;
    int status = -1;

    if (zone != NULL && (dot == NULL || label != NULL)) {
        memcpy(zone, parent, strlen(parent));
        zone[strlen(parent)] = '.';
        /* The record without an address, being first, answers for every name of the zone. */
        status = wildcard ? record_add(zone_of(zones, zone), NULL, NULL) : 0;
        if (status == 0) {
            status = resolve(zones, name, zone, label != NULL ? label : zone);
        }
    }
    free(label);
    free(zone);
    return status;
}

static int rules_add(struct standin_zones *zones, const struct config *config)
{
    static const char blank[] = " \t\n\v\f\r";
    int status = 0;

    for (size_t i = 0; i < config->allow_net_count && status == 0; i++) {
        const char *const text = config->allow_net[i].text;
        const char *const begin = text + strspn(text, blank);
        size_t length = strlen(begin);
        char *rule;

        while (length > 0 && strchr(blank, begin[length - 1]) != NULL) {
            length--;
        }
        if (length == 0 || address_is_literal(begin, length) || address_is_network(begin, length)) {
            continue;
        }
        rule = strndup(begin, length);
        status = rule != NULL ? rule_add(zones, rule) : -1;
        free(rule);
    }
    return status;
}

/* Go's iteration over a map. */
static void shuffle(struct standin_zones *zones)
{
    for (size_t i = zones->count; i > 1; i--) {
        struct standin_zone *const last = &zones->list[i - 1];
        const struct standin_zone moved = *last;
        uint64_t random = 0;

        if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
            return;
        }
        *last = zones->list[random % i];
        zones->list[random % i] = moved;
    }
}

static int allow_zones(const struct config *config, struct standin_zones *zones)
{
    struct standin_zone *root;
    size_t count;

    if (config->allow_net_count == 0) {
        return 0;
    }
    if (rules_add(zones, config) != 0) {
        return -1;
    }
    shuffle(zones);
    count = zones->count;
    root = zone_append(zones, "");
    if (root == NULL) {
        return -1;
    }
    root->has_default = true;
    standin_log(STANDIN_INFO, "allowNet: DNS sinkhole configured",
                "allow_zones=%zu total_zones=%zu", count, count + 1);
    standin_log(STANDIN_INFO, "Network allowlist enabled (DNS sinkhole)", "rules=%zu",
                config->allow_net_count);
    return 0;
}

static int configured_zones(const struct config *config, struct standin_zones *zones)
{
    for (size_t i = 0; i < config->zone_count; i++) {
        const struct zone *const from = &config->zones[i];
        struct standin_zone *const zone = zone_append(zones, from->name);

        if (zone == NULL) {
            return -1;
        }
        zone->has_default = address_is_ipv4(from->default_ip, &zone->default_address);
        for (size_t j = 0; j < from->record_count; j++) {
            struct in_addr address;
            const bool good = address_is_ipv4(from->records[j].ip, &address);

            if (record_add(zone, from->records[j].name, good ? &address : NULL) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

int standin_zones_make(const struct config *config, struct standin_zones *out)
{
    struct standin_zones rules = {0};
    struct standin_zone *grown;
    int status = -1;

    *out = (struct standin_zones){0};
    if (configured_zones(config, out) != 0 || allow_zones(config, &rules) != 0) {
        goto out;
    }
    grown = realloc(out->list, (out->count + rules.count + 1) * sizeof(*grown));
    if (grown == NULL) {
        goto out;
    }
    out->list = grown;
    if (rules.count > 0) {
        memcpy(grown + out->count, rules.list, rules.count * sizeof(*grown));
    }
    out->count += rules.count;
    rules.count = 0;
    status = 0;
out:
    standin_zones_clear(&rules);
    if (status != 0) {
        standin_zones_clear(out);
    }
    return status;
}

static enum standin_answer answer_from(const struct standin_zone *zone, const char *rest,
                                       size_t length, struct in_addr *address)
{
    for (size_t i = 0; i < zone->record_count; i++) {
        const struct standin_record *const record = &zone->records[i];

        if (record->name != NULL && (length == 0 || strlen(record->name) != length ||
                                     memcmp(record->name, rest, length) != 0)) {
            continue;
        }
        *address = record->address;
        return record->has_address ? STANDIN_ADDRESS : STANDIN_NO_ADDRESS;
    }
    *address = zone->default_address;
    return zone->has_default ? STANDIN_ADDRESS : STANDIN_NXDOMAIN;
}

enum standin_answer standin_zones_ask(const struct standin_zones *zones, const char *name,
                                      struct in_addr *address)
{
    const size_t length = strlen(name);

    for (size_t i = 0; i < zones->count; i++) {
        const struct standin_zone *const zone = &zones->list[i];
        const size_t tail = strlen(zone->name);

        if (tail < length && name[length - tail - 1] == '.' &&
            strcmp(name + length - tail, zone->name) == 0) {
            return answer_from(zone, name, length - tail - 1, address);
        }
    }
    return STANDIN_NO_ZONE;
}

void standin_zones_clear(struct standin_zones *zones)
{
    for (size_t i = 0; i < zones->count; i++) {
        struct standin_zone *const zone = &zones->list[i];

        for (size_t j = 0; j < zone->record_count; j++) {
            free(zone->records[j].name);
        }
        free(zone->records);
        free(zone->name);
    }
    free(zones->list);
    *zones = (struct standin_zones){0};
}
