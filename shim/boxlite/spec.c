/*
 * An InstanceSpec, searched for the rules in it.
 */
#include "shim/boxlite/spec.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shim/boxlite/network.h"
#include "shim/boxlite/release.h"
#include "zones/json.h"

/* serde_json itself reads no deeper than 128. */
#define DEPTH_MAX 128

int spec_begin(struct config *config)
{
    struct zone_record *const record = calloc(1, sizeof(*record));
    struct zone *const zone = calloc(1, sizeof(*zone));
    struct config_entry *const domain = calloc(1, sizeof(*domain));

    *config = (struct config){.configured_first = true,
                              .zones = zone,
                              .zone_count = zone != NULL,
                              .search_domains = domain,
                              .search_domain_count = domain != NULL};
    if (record != NULL && zone != NULL && domain != NULL) {
        *record =
            (struct zone_record){.name = strdup(NETWORK_HOST_LABEL), .ip = strdup(NETWORK_HOST_IP)};
        *zone = (struct zone){.name = strdup(NETWORK_HOST_ZONE),
                              .default_ip = strdup(""),
                              .records = record,
                              .record_count = 1};
        *domain = (struct config_entry){.text = strdup(NETWORK_SEARCH_DOMAIN),
                                        .length = strlen(NETWORK_SEARCH_DOMAIN)};
        if (record->name != NULL && record->ip != NULL && zone->name != NULL &&
            zone->default_ip != NULL && domain->text != NULL) {
            return 0;
        }
    } else {
        free(record);
    }
    config_clear(config);
    return -1;
}

/* Takes `text`. */
static int take_rule(struct config *config, char *text, size_t length)
{
    struct config_entry *larger = NULL;

    if (text != NULL) {
        larger = reallocarray(config->allow_net, config->allow_net_count + 1, sizeof(*larger));
    }
    if (larger == NULL) {
        free(text);
        return -1;
    }
    config->allow_net = larger;
    larger[config->allow_net_count++] = (struct config_entry){.text = text, .length = length};
    return 0;
}

int spec_add_rule(struct config *config, const char *text, size_t length)
{
    return take_rule(config, strndup(text, length), length);
}

static bool is_list_of_strings(const struct json *json, size_t value)
{
    if (json_kind(json, value) != JSON_ARRAY) {
        return false;
    }
    for (size_t i = json_first(json, value); i != JSON_NONE; i = json_next(json, i)) {
        if (json_kind(json, i) != JSON_STRING) {
            return false;
        }
    }
    return true;
}

/* An `allow_net`. One that is no list of strings cannot be understood. */
static enum spec_status add_rules(struct config *config, const struct json *json, size_t value)
{
    if (!is_list_of_strings(json, value)) {
        return json_kind(json, value) == JSON_NULL ? SPEC_READ : SPEC_UNKNOWN;
    }
    for (size_t i = json_first(json, value); i != JSON_NONE; i = json_next(json, i)) {
        size_t length = 0;
        char *const text = json_text(json, i, &length);

        if (take_rule(config, text, length) != 0) {
            return SPEC_NOMEM;
        }
    }
    return SPEC_READ;
}

static enum spec_status search(struct config *config, const struct json *json, size_t node,
                               int depth)
{
    const bool object = json_kind(json, node) == JSON_OBJECT;
    enum spec_status status = SPEC_READ;

    if (!object && json_kind(json, node) != JSON_ARRAY) {
        return SPEC_READ;
    }
    if (depth == DEPTH_MAX) {
        return SPEC_UNKNOWN;
    }
    for (size_t i = json_first(json, node); i != JSON_NONE && status == SPEC_READ;
         i = json_next(json, i)) {
        const size_t value = object ? json_member(i) : i;

        status = object && json_key_is(json, i, "allow_net")
                     ? add_rules(config, json, value)
                     : search(config, json, value, depth + 1);
    }
    return status;
}

/* With what is found by `search`, or by add_rules alone. */
static enum spec_status read_node(const struct json *document, size_t node, bool searched,
                                  struct config *config)
{
    enum spec_status status = SPEC_NOMEM;

    if (spec_begin(config) == 0) {
        status = searched ? search(config, document, node, 0) : add_rules(config, document, node);
    }
    if (status != SPEC_READ) {
        config_clear(config);
    }
    return status;
}

enum spec_status spec_from_array(const struct json *document, size_t node, struct config *config)
{
    return read_node(document, node, false, config);
}

static bool has_key(const struct json *document, const char *name)
{
    for (size_t key = json_first(document, 0); key != JSON_NONE; key = json_next(document, key)) {
        if (json_key_is(document, key, name)) {
            return true;
        }
    }
    return false;
}

enum spec_status spec_find(const struct json *document, struct spec *out)
{
    *out = (struct spec){0};
    if (json_kind(document, 0) != JSON_OBJECT) {
        return SPEC_UNKNOWN;
    }
    out->old_key = has_key(document, RELEASE_OLD_KEY);
    out->new_key = has_key(document, RELEASE_NEW_KEY);
    return read_node(document, 0, true, &out->config);
}

enum spec_status spec_read(const char *json, size_t length, struct spec *out)
{
    struct json *document = NULL;
    enum spec_status status = SPEC_UNKNOWN;

    *out = (struct spec){0};
    switch (json_read(json, length, &document)) {
    case JSON_OK:
        status = spec_find(document, out);
        break;
    case JSON_INVALID:
        break;
    case JSON_NOMEM:
        status = SPEC_NOMEM;
        break;
    }
    json_free(document);
    return status;
}
