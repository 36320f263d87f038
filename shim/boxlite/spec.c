#include "shim/boxlite/spec.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "zones/json.h"

/* serde_json itself reads no deeper than 128. */
#define DEPTH_MAX 128

/* What the shim adds to every box: a name that is not to be looked up, and a search list. A release
   without that name has no rule for it either. */
static const char head[] = "{\"host_ip\":\"192.168.127.254\",\"dns_zones\":[{\"name\":"
                           "\"boxlite.internal.\",\"records\":[{\"name\":\"host\",\"ip\":"
                           "\"192.168.127.254\"}],\"default_ip\":\"\"}],"
                           "\"dns_search_domains\":[\"local\"],\"allow_net\":[";
static const char tail[] = "]}";

/* The rules found, as JSON text. */
struct rules {
    const char *source;
    char *text; /* large enough for all of the source */
    size_t length;
    bool odd; /* an `allow_net` that is no list of strings */
};

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

static void add_rules(struct rules *rules, const struct json *json, size_t value)
{
    /* Between the brackets. */
    const size_t begin = json_begin(json, value) + 1;
    const size_t size = json_end(json, value) - 1 - begin;

    if (json_count(json, value) == 0) {
        return;
    }
    if (rules->length > 0) {
        rules->text[rules->length++] = ',';
    }
    memcpy(rules->text + rules->length, rules->source + begin, size);
    rules->length += size;
}

static void search(struct rules *rules, const struct json *json, size_t node, int depth)
{
    const bool object = json_kind(json, node) == JSON_OBJECT;

    if (!object && json_kind(json, node) != JSON_ARRAY) {
        return;
    }
    if (depth == DEPTH_MAX) {
        rules->odd = true;
        return;
    }
    for (size_t i = json_first(json, node); i != JSON_NONE; i = json_next(json, i)) {
        const size_t value = object ? json_member(i) : i;

        if (!object || !json_key_is(json, i, "allow_net")) {
            search(rules, json, value, depth + 1);
        } else if (is_list_of_strings(json, value)) {
            add_rules(rules, json, value);
        } else if (json_kind(json, value) != JSON_NULL) {
            rules->odd = true;
        }
    }
}

enum spec_status spec_read(const char *json, size_t length, char **config)
{
    struct rules rules = {.source = json};
    struct json *document = NULL;
    enum spec_status status = SPEC_UNKNOWN;

    *config = NULL;
    switch (json_read(json, length, &document)) {
    case JSON_INVALID:
        return SPEC_UNKNOWN;
    case JSON_NOMEM:
        return SPEC_NOMEM;
    case JSON_OK:
        break;
    }
    rules.text = malloc(sizeof(head) + length + sizeof(tail));
    if (rules.text == NULL) {
        status = SPEC_NOMEM;
        goto out;
    }
    search(&rules, document, 0, 0);
    if (!rules.odd && json_kind(document, 0) == JSON_OBJECT) {
        memmove(rules.text + strlen(head), rules.text, rules.length);
        memcpy(rules.text, head, strlen(head));
        memcpy(rules.text + strlen(head) + rules.length, tail, sizeof(tail));
        *config = rules.text;
        rules.text = NULL;
        status = SPEC_READ;
    }
out:
    free(rules.text);
    json_free(document);
    return status;
}
