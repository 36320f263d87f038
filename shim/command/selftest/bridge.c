/*
 * A bridge with the faults of boxlite 0.9.7's (gvproxy-bridge/dns_filter.go): one lookup for each
 * host, one that fails is left out, a wildcard answers without an address, and of the orders in
 * which Go may walk through its map always one that is wrong: short zones first. One box at a time,
 * of a few short rules: what goes beyond is cut, since the self-test writes the rules.
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
#include "zones/config.h"
#include "zones/matcher.h"

#define EXPORT __attribute__((visibility("default")))

enum { ZONES_MAX = 32, RECORDS_MAX = 8, NAME_SIZE = 64 };

static struct zone zones[ZONES_MAX];
static size_t zone_count;
/* What is in them; whose it is does not change when they are sorted. */
static struct room {
    char name[NAME_SIZE];
    char default_ip[INET_ADDRSTRLEN];
    struct zone_record records[RECORDS_MAX];
    char names[RECORDS_MAX][NAME_SIZE];
    char ips[RECORDS_MAX][INET_ADDRSTRLEN];
} rooms[ZONES_MAX];
static bridge_log_fn *callback;
static char *config_text;

EXPORT gvproxy_create_fn gvproxy_create;
EXPORT gvproxy_set_log_callback_fn gvproxy_set_log_callback;
EXPORT gvproxy_free_string_fn gvproxy_free_string;
EXPORT selftest_bridge_ask_fn selftest_bridge_ask;
EXPORT selftest_bridge_config_fn selftest_bridge_config;
EXPORT selftest_bridge_lookups_fn selftest_bridge_lookups;

static struct zone *add_zone(const char *name, const char *default_ip)
{
    const size_t index = zone_count < ZONES_MAX ? zone_count++ : ZONES_MAX - 1;
    struct room *const room = &rooms[index];

    snprintf(room->name, sizeof(room->name), "%s", name);
    snprintf(room->default_ip, sizeof(room->default_ip), "%s", default_ip);
    zones[index] =
        (struct zone){.name = room->name, .default_ip = room->default_ip, .records = room->records};
    return &zones[index];
}

/* One of the zones from `first` on; the bridge's own deny what they do not have. */
static struct zone *own_zone(size_t first, const char *name)
{
    for (size_t i = first; i < zone_count; i++) {
        if (strcmp(zones[i].name, name) == 0) {
            return &zones[i];
        }
    }
    return add_zone(name, "0.0.0.0");
}

/* `name` NULL: any. */
static void add_record(struct zone *zone, const char *name, const char *ip)
{
    const size_t index = zone->record_count < RECORDS_MAX ? zone->record_count++ : RECORDS_MAX - 1;
    struct room *room = rooms;

    while (room->records != zone->records) {
        room++;
    }
    snprintf(room->names[index], sizeof(room->names[index]), "%s", name != NULL ? name : "");
    snprintf(room->ips[index], sizeof(room->ips[index]), "%s", ip);
    zone->records[index] = (struct zone_record){.name = name != NULL ? room->names[index] : NULL,
                                                .ip = room->ips[index]};
}

static void add_configured(const struct config *config)
{
    for (size_t i = 0; i < config->zone_count; i++) {
        const struct zone *const from = &config->zones[i];
        struct zone *const zone = add_zone(from->name, from->default_ip);

        for (size_t j = 0; j < from->record_count; j++) {
            add_record(zone, from->records[j].name, from->records[j].ip);
        }
    }
}

static bool look_up(const char *name, struct in_addr *address)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    struct sockaddr_in found;

    if (getaddrinfo(name, NULL, &hints, &list) != 0) {
        return false;
    }
    memcpy(&found, list->ai_addr, sizeof(found));
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

    if (dot == NULL) {
        return;
    }
    snprintf(zone, sizeof(zone), "%s.", dot + 1);
    snprintf(label, sizeof(label), "%.*s", (int)(dot - rule), rule);
    if (wildcard) {
        add_record(own_zone(first, zone), NULL, "");
    }
    if (look_up(wildcard ? dot + 1 : rule, &address) && !wildcard) {
        char ip[INET_ADDRSTRLEN];

        add_record(own_zone(first, zone), label, inet_ntop(AF_INET, &address, ip, sizeof(ip)));
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
    if (callback != NULL) {
        callback(2, line);
    }
}

static void add_rules(const struct config *config)
{
    const size_t first = zone_count;

    for (size_t i = 0; i < config->allow_net_count; i++) {
        add_rule(first, config->allow_net[i].text);
    }
    qsort(zones + first, zone_count - first, sizeof(zones[0]), compare_zones);
    add_zone("", "0.0.0.0");
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
        if (error_out != NULL) {
            *error_out = strdup("the configuration cannot be read");
        }
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

    crossing(enter, &frame, sizeof(frame));
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

const char *selftest_bridge_ask(const char *name)
{
    static char text[INET_ADDRSTRLEN];
    struct matcher_answer answer;

    matcher_ask(zones, zone_count, name, &answer);
    switch (answer.told) {
    case MATCHER_ADDRESS:
    case MATCHER_SINKHOLE:
        return inet_ntop(AF_INET, &answer.address, text, sizeof(text));
    case MATCHER_NO_ADDRESS:
        return "-";
    case MATCHER_NXDOMAIN:
    case MATCHER_UPSTREAM: /* there is always a root */
        break;
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
