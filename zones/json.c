/*
 * The document as the spans of its values, in the order of the text.
 */
#include "zones/json.h"

#include <stdlib.h>

#include "zones/json_string.h"

struct json {
    const char *text;
    struct json_span *spans;
    size_t count;
};

enum json_status json_read(const char *text, size_t length, struct json **out)
{
    struct json *json = malloc(sizeof(*json));
    enum json_status status = JSON_NOMEM;

    *out = NULL;
    if (json == NULL) {
        return JSON_NOMEM;
    }
    json->text = text;
    status = json_grammar_read(text, length, &json->spans, &json->count);
    if (status != JSON_OK) {
        free(json);
        return status;
    }
    *out = json;
    return JSON_OK;
}

void json_free(struct json *json)
{
    if (json != NULL) {
        free(json->spans);
    }
    free(json);
}

enum json_kind json_kind(const struct json *json, size_t node)
{
    return (enum json_kind)json->spans[node].kind;
}

size_t json_count(const struct json *json, size_t node)
{
    size_t count = 0;

    for (size_t i = json_first(json, node); i != JSON_NONE; i = json_next(json, i)) {
        count++;
    }
    return count;
}

size_t json_first(const struct json *json, size_t node)
{
    return json->spans[node].next == node + 1 ? JSON_NONE : node + 1;
}

size_t json_next(const struct json *json, size_t node)
{
    const size_t next = json->spans[node].next;

    return next < json->count && json->spans[next].depth == json->spans[node].depth ? next
                                                                                    : JSON_NONE;
}

size_t json_member(size_t key)
{
    return key + 1;
}

size_t json_begin(const struct json *json, size_t node)
{
    return json->spans[node].begin;
}

size_t json_end(const struct json *json, size_t node)
{
    return json->spans[node].end;
}

char *json_text(const struct json *json, size_t node, size_t *length)
{
    return json_string_decode(json->text + json_begin(json, node),
                              json_end(json, node) - json_begin(json, node), length);
}

bool json_key_is(const struct json *json, size_t key, const char *name)
{
    return json_string_folds_to(json->text + json_begin(json, key),
                                json_end(json, key) - json_begin(json, key), name);
}
