/*
 * A bridge with the faults of boxlite 0.9.7's (gvproxy-bridge/dns_filter.go): one lookup for each
 * host, one that fails is left out, a wildcard answers without an address, and of the orders in
 * which Go may walk through its map always one that is wrong: short zones first. The matcher is
 * gvisor-tap-vsock v0.8.7's (pkg/services/dns/dns.go). One box at a time, of a few short rules:
 * what goes beyond is cut, since the self-test writes the rules.
 */
#include "shim/command/selftest/bridge.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/command/selftest/bridge_lookup.h"
#include "zones/address.h"
#include "zones/config.h"

#define EXPORT __attribute__((visibility("default")))

enum { ZONES_MAX = 32, RECORDS_MAX = 8, NAME_SIZE = 64 };

struct record {
    char name[NAME_SIZE];
    bool any; /* answers for every name of the zone */
    bool has_address;
    struct in_addr address;
};

struct zone {
    char name[NAME_SIZE];
    bool has_default;
    struct in_addr default_address;
    struct record records[RECORDS_MAX];
    size_t record_count;
};

static struct zone zones[ZONES_MAX];
static size_t zone_count;
static bridge_log_fn *callback;
static char *config_text;

EXPORT gvproxy_create_fn gvproxy_create;
EXPORT gvproxy_set_log_callback_fn gvproxy_set_log_callback;
EXPORT gvproxy_free_string_fn gvproxy_free_string;
EXPORT selftest_bridge_ask_fn selftest_bridge_ask;
EXPORT selftest_bridge_config_fn selftest_bridge_config;
EXPORT selftest_bridge_lookups_fn selftest_bridge_lookups;

static struct zone *add_zone(const char *name)
{
    struct zone *const zone = &zones[zone_count < ZONES_MAX ? zone_count++ : ZONES_MAX - 1];

    *zone = (struct zone){0};
    snprintf(zone->name, sizeof zone->name, "%s", name);
    return zone;
}

/* One of the zones from `first` on; the bridge's own deny what they do not have. */
static struct zone *own_zone(size_t first, const char *name)
{
    for (size_t i = first; i < zone_count; i++) {
        if (strcmp(zones[i].name, name) == 0)
            return &zones[i];
    }
    add_zone(name)->has_default = true;
    return &zones[zone_count - 1];
}

static struct record *add_record(struct zone *zone, const char *name)
{
    struct record *const record =
        &zone->records[zone->record_count < RECORDS_MAX ? zone->record_count++ : RECORDS_MAX - 1];

    *record = (struct record){0};
    snprintf(record->name, sizeof record->name, "%s", name);
    return record;
}

static void add_configured(const struct config *config)
{
    for (size_t i = 0; i < config->zone_count; i++) {
        const struct config_zone *const from = &config->zones[i];
        struct zone *const zone = add_zone(from->name);

        zone->has_default = address_is_ipv4(from->default_ip, &zone->default_address);
        for (size_t j = 0; j < from->record_count; j++) {
            struct record *const record = add_record(zone, from->records[j].name);

            record->has_address = address_is_ipv4(from->records[j].ip, &record->address);
        }
    }
}

static bool look_up(const char *name, struct in_addr *address)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    struct sockaddr_in found;

    if (getaddrinfo(name, NULL, &hints, &list) != 0)
        return false;
    memcpy(&found, list->ai_addr, sizeof found);
    *address = found.sin_addr;
    freeaddrinfo(list);
    return true;
}

/* "a.b.c" becomes a record a in zone "b.c."; "*.d" a zone "d." without an address. */
static void add_rule(size_t first, const char *rule)
{
    const char *const dot = strchr(rule, '.');
    const bool wildcard = rule[0] == '*';
    char label[NAME_SIZE];
    char zone[NAME_SIZE];
    struct in_addr address;

    if (dot == NULL)
        return;
    snprintf(zone, sizeof zone, "%s.", dot + 1);
    snprintf(label, sizeof label, "%.*s", (int)(dot - rule), rule);
    if (wildcard)
        add_record(own_zone(first, zone), "")->any = true;
    if (look_up(wildcard ? dot + 1 : rule, &address) && !wildcard) {
        struct record *const record = add_record(own_zone(first, zone), label);

        record->has_address = true;
        record->address = address;
    }
}

static int compare_zones(const void *left, const void *right)
{
    const size_t a = strlen(((const struct zone *)left)->name);
    const size_t b = strlen(((const struct zone *)right)->name);

    return (a > b) - (a < b);
}

static void tell(const char *line)
{
    if (callback != NULL)
        callback(2, line);
}

static void add_rules(const struct config *config)
{
    const size_t first = zone_count;

    for (size_t i = 0; i < config->allow_net_count; i++)
        add_rule(first, config->allow_net[i].text);
    qsort(zones + first, zone_count - first, sizeof zones[0], compare_zones);
    add_zone("")->has_default = true;
    /* By this text the repair knows a bridge that has the faults. */
    tell("allowNet: DNS sinkhole configured");
}

static long long create(const char *json, char **error_out)
{
    struct config config = {0};
    const char *duplicate = NULL;

    zone_count = 0;
    free(config_text);
    config_text = strdup(json);
    if (config_text == NULL || config_parse(json, strlen(json), &config, &duplicate) != CONFIG_OK) {
        if (error_out != NULL)
            *error_out = strdup("the configuration cannot be read");
        return -1;
    }
    add_configured(&config);
    add_rules(&config);
    config_clear(&config);
    return 1;
}

/* As cgo's wrapper packs arguments and result, and crosses over to Go: by the frame's size, the
   third argument, the repair tells how many arguments create has (shim/arch/arch.h). */
struct create_frame {
    char *json;
    char **error_out;
    long long handle;
};

static void enter(struct create_frame *frame)
{
    frame->handle = create(frame->json, frame->error_out);
}

static void cross(void (*function)(struct create_frame *), struct create_frame *frame, size_t size)
{
    (void)size;
    function(frame);
}

long long gvproxy_create(char *json, char **error_out)
{
    /* Volatile, or the compiler would see who is called, and leave the size out. */
    static void (*volatile const crossing)(void (*)(struct create_frame *), struct create_frame *,
                                           size_t) = cross;
    struct create_frame frame = {.json = json, .error_out = error_out, .handle = -1};

    crossing(enter, &frame, sizeof frame);
    return frame.handle;
}

void gvproxy_set_log_callback(bridge_log_fn *function)
{
    callback = function;
}

void gvproxy_free_string(char *text)
{
    free(text);
}

static const char *answer_from(const struct zone *zone, const char *rest, size_t length)
{
    static char text[INET_ADDRSTRLEN];
    const struct in_addr *address = zone->has_default ? &zone->default_address : NULL;

    for (size_t i = 0; i < zone->record_count; i++) {
        const struct record *const record = &zone->records[i];

        if (!record->any &&
            (strlen(record->name) != length || memcmp(record->name, rest, length) != 0))
            continue;
        if (!record->has_address)
            return "-";
        address = &record->address;
        break;
    }
    return address != NULL ? inet_ntop(AF_INET, address, text, sizeof text) : "NXDOMAIN";
}

const char *selftest_bridge_ask(const char *name)
{
    char question[2 * NAME_SIZE];
    const size_t length = (size_t)snprintf(question, sizeof question, "%s.", name);

    for (size_t i = 0; i < zone_count; i++) {
        const size_t tail = strlen(zones[i].name);

        if (tail < length && length < sizeof question && question[length - tail - 1] == '.' &&
            strcmp(question + length - tail, zones[i].name) == 0)
            return answer_from(&zones[i], question, length - tail - 1);
    }
    return "NXDOMAIN";
}

const char *selftest_bridge_config(void)
{
    return config_text != NULL ? config_text : "";
}

unsigned selftest_bridge_lookups(void)
{
    return bridge_lookup_count();
}
