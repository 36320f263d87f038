/*
 * The keys that decide, with the types the bridge's structure gives them. Other keys are the
 * bridge's to check.
 */
#include "zones/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "zones/json.h"

/* A key of interest and where its value is. */
struct field {
    const char *name;
    size_t value;     /* JSON_NONE where the key is absent */
    bool last_counts; /* of several, as in Go, which merges: nothing is lost by that here */
};

/* Whether the value is absent, null or of the kind wanted: Go takes all three. */
static bool fits(const struct json *json, size_t value, enum json_kind kind)
{
    return value == JSON_NONE || json_kind(json, value) == JSON_NULL ||
           json_kind(json, value) == kind;
}

/* Finds the values of `fields` among the members of an object; null has none. */
static enum config_status find_fields(const struct json *json, size_t object, struct field *fields,
                                      size_t count, const char **duplicate)
{
    if (!fits(json, object, JSON_OBJECT)) {
        return CONFIG_INVALID;
    }
    for (size_t key = json_first(json, object); key != JSON_NONE; key = json_next(json, key)) {
        for (size_t i = 0; i < count; i++) {
            if (!json_key_is(json, key, fields[i].name)) {
                continue;
            }
            if (fields[i].value != JSON_NONE && !fields[i].last_counts) {
                *duplicate = fields[i].name;
                return CONFIG_AMBIGUOUS;
            }
            fields[i].value = json_member(key);
        }
    }
    return CONFIG_OK;
}

/* Elements of a fitting array, 0 where it is absent or null. */
static size_t element_count(const struct json *json, size_t array)
{
    return array == JSON_NONE || json_kind(json, array) == JSON_NULL ? 0 : json_count(json, array);
}

/* A string as Go would store it: empty where it is absent or null. */
static enum config_status read_string(const struct json *json, size_t value, char **out,
                                      size_t *length)
{
    if (!fits(json, value, JSON_STRING)) {
        return CONFIG_INVALID;
    }
    *length = 0;
    if (value == JSON_NONE || json_kind(json, value) == JSON_NULL) {
        *out = strdup("");
    } else {
        *out = json_text(json, value, length);
    }
    return *out == NULL ? CONFIG_NOMEM : CONFIG_OK;
}

/* A string of a zone. No question holds a NUL, so such a name matches nothing; cut at the NUL it
   might match, hence another byte that no question holds takes its place. */
static enum config_status read_name(const struct json *json, size_t value, char **out)
{
    size_t length = 0;
    enum config_status status = read_string(json, value, out, &length);

    for (size_t i = 0; status == CONFIG_OK && i < length; i++) {
        if ((*out)[i] == '\0') {
            (*out)[i] = '\1';
        }
    }
    return status;
}

/* An array that is read into one of structures. */
struct list {
    size_t size; /* of an element */
    enum config_status (*read)(const struct json *json, size_t node, void *element,
                               const char **duplicate);
    void *elements; /* the caller's to free, whatever the status; as many as `count` */
    size_t count;
};

static enum config_status read_list(const struct json *json, size_t array, struct list *out,
                                    const char **duplicate)
{
    enum config_status status = CONFIG_OK;
    size_t count = 0;
    size_t node = JSON_NONE;

    if (!fits(json, array, JSON_ARRAY)) {
        return CONFIG_INVALID;
    }
    count = element_count(json, array);
    if (count == 0) {
        return CONFIG_OK;
    }
    out->elements = calloc(count, out->size);
    if (out->elements == NULL) {
        return CONFIG_NOMEM;
    }
    out->count = count;
    node = json_first(json, array);
    for (size_t i = 0; i < count && status == CONFIG_OK; i++) {
        status = out->read(json, node, (char *)out->elements + i * out->size, duplicate);
        node = json_next(json, node);
    }
    return status;
}

static enum config_status read_record(const struct json *json, size_t node, void *element,
                                      const char **duplicate)
{
    struct zone_record *record = element;
    struct field fields[] = {{"name", JSON_NONE, false}, {"ip", JSON_NONE, false}};
    enum config_status status = find_fields(json, node, fields, 2, duplicate);

    if (status == CONFIG_OK) {
        status = read_name(json, fields[0].value, &record->name);
    }
    if (status == CONFIG_OK) {
        status = read_name(json, fields[1].value, &record->ip);
    }
    return status;
}

static enum config_status read_records(const struct json *json, size_t array, struct zone *zone,
                                       const char **duplicate)
{
    struct list list = {.size = sizeof(zone->records[0]), .read = read_record};
    const enum config_status status = read_list(json, array, &list, duplicate);

    zone->records = list.elements;
    zone->record_count = list.count;
    return status;
}

static enum config_status read_zone(const struct json *json, size_t node, void *element,
                                    const char **duplicate)
{
    struct zone *zone = element;
    struct field fields[] = {{"name", JSON_NONE, false},
                             {"default_ip", JSON_NONE, false},
                             {"records", JSON_NONE, false}};
    enum config_status status = find_fields(json, node, fields, 3, duplicate);

    if (status == CONFIG_OK) {
        status = read_name(json, fields[0].value, &zone->name);
    }
    if (status == CONFIG_OK) {
        status = read_name(json, fields[1].value, &zone->default_ip);
    }
    if (status == CONFIG_OK) {
        status = read_records(json, fields[2].value, zone, duplicate);
    }
    return status;
}

static enum config_status read_entry(const struct json *json, size_t node, void *element,
                                     const char **duplicate)
{
    struct config_entry *entry = element;

    (void)duplicate; /* a string has no keys */
    return read_string(json, node, &entry->text, &entry->length);
}

static enum config_status read_zones(const struct json *json, size_t array, struct config *out,
                                     const char **duplicate)
{
    struct list list = {.size = sizeof(out->zones[0]), .read = read_zone};
    const enum config_status status = read_list(json, array, &list, duplicate);

    out->zones = list.elements;
    out->zone_count = list.count;
    return status;
}

static enum config_status read_entries(const struct json *json, size_t array,
                                       struct config_entry **entries, size_t *count,
                                       const char **duplicate)
{
    struct list list = {.size = sizeof(**entries), .read = read_entry};
    const enum config_status status = read_list(json, array, &list, duplicate);

    *entries = list.elements;
    *count = list.count;
    return status;
}

static enum config_status read_top(const struct json *json, struct config *out,
                                   const char **duplicate)
{
    struct field fields[] = {{"allow_net", JSON_NONE, false},
                             {"dns_zones", JSON_NONE, false},
                             {"host_ip", JSON_NONE, false},
                             {"dns_search_domains", JSON_NONE, true}};
    size_t zones = JSON_NONE;
    enum config_status status = CONFIG_OK;

    if (json_kind(json, 0) == JSON_NULL) { /* Go leaves the structure as it is: no rules */
        return CONFIG_OK;
    }
    status = find_fields(json, 0, fields, 4, duplicate);
    if (status != CONFIG_OK) {
        return status;
    }
    if (!fits(json, fields[2].value, JSON_STRING)) {
        return CONFIG_INVALID;
    }
    out->configured_first = fields[2].value != JSON_NONE;
    zones = fields[1].value;
    out->needs_key = zones == JSON_NONE;
    out->cut_begin = out->needs_key ? json_begin(json, 0) + 1 : json_begin(json, zones);
    out->cut_end = out->needs_key ? out->cut_begin : json_end(json, zones);
    status = read_entries(json, fields[0].value, &out->allow_net, &out->allow_net_count, duplicate);
    if (status == CONFIG_OK) {
        status = read_entries(json, fields[3].value, &out->search_domains,
                              &out->search_domain_count, duplicate);
    }
    return status == CONFIG_OK ? read_zones(json, zones, out, duplicate) : status;
}

enum config_status config_from(const struct json *document, struct config *out,
                               const char **duplicate)
{
    enum config_status status = CONFIG_OK;

    *out = (struct config){0};
    *duplicate = NULL;
    status = read_top(document, out, duplicate);
    if (status != CONFIG_OK) {
        config_clear(out);
    }
    return status;
}

enum config_status config_parse(const char *json, size_t length, struct config *out,
                                const char **duplicate)
{
    struct json *document = NULL;
    enum config_status status = CONFIG_INVALID;

    *out = (struct config){0};
    *duplicate = NULL;
    switch (json_read(json, length, &document)) {
    case JSON_OK:
        status = config_from(document, out, duplicate);
        break;
    case JSON_INVALID:
        break;
    case JSON_NOMEM:
        status = CONFIG_NOMEM;
        break;
    }
    json_free(document);
    return status;
}

bool config_has_zone(const struct config *config, const char *domain)
{
    const size_t length = strlen(domain);

    for (size_t i = 0; i < config->zone_count; i++) {
        const char *name = config->zones[i].name;

        if (strncmp(name, domain, length) == 0 && strcmp(name + length, ".") == 0) {
            return true;
        }
    }
    return false;
}

static void clear_entries(struct config_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(entries[i].text);
    }
    free(entries);
}

void config_clear(struct config *config)
{
    clear_entries(config->allow_net, config->allow_net_count);
    clear_entries(config->search_domains, config->search_domain_count);
    for (size_t i = 0; i < config->zone_count; i++) {
        zone_clear(&config->zones[i]);
    }
    free(config->zones);
    *config = (struct config){0};
}
