/*
 * The document as jsmn's tokens. They are counted before, so there is one allocation and jsmn never
 * runs out; its parent links keep closing a container from searching all tokens before it. What is
 * left is a walk up from the last token, as long as the nesting is deep: boxlite writes four
 * levels.
 */
#include "zones/json.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "zones/json_grammar.h"
#include "zones/json_string.h"

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#include <jsmn.h>
#pragma GCC diagnostic pop

struct json {
    const char *text;
    size_t count;
    jsmntok_t tokens[];
};

/* jsmn's strict mode takes a number or a word for incomplete where nothing follows it. */
static bool read_lone_scalar(const char *text, size_t length, jsmntok_t *token)
{
    static const char space[] = " \t\r\n";
    int begin = 0;
    int end = (int)length;

    while (strchr(space, text[begin]) != NULL) {
        begin++;
    }
    while (strchr(space, text[end - 1]) != NULL) {
        end--;
    }
    if (strchr("{[\"", text[begin]) != NULL) {
        return false;
    }
    *token = (jsmntok_t){.type = JSMN_PRIMITIVE, .start = begin, .end = end, .parent = -1};
    return true;
}

enum json_status json_read(const char *text, size_t length, struct json **out)
{
    jsmn_parser parser;
    struct json *json = NULL;
    size_t count = 0;

    *out = NULL;
    if (length > INT_MAX || !json_grammar_accepts(text, length, &count)) {
        return JSON_INVALID;
    }
    if (count > (SIZE_MAX - sizeof(*json)) / sizeof(json->tokens[0])) {
        return JSON_NOMEM;
    }
    json = malloc(sizeof(*json) + count * sizeof(json->tokens[0]));
    if (json == NULL) {
        return JSON_NOMEM;
    }
    json->text = text;
    json->count = count;
    if (!read_lone_scalar(text, length, &json->tokens[0])) {
        jsmn_init(&parser);
        if (jsmn_parse(&parser, text, length, json->tokens, (unsigned)count) != (int)count) {
            free(json);
            return JSON_INVALID;
        }
    }
    *out = json;
    return JSON_OK;
}

void json_free(struct json *json)
{
    free(json);
}

enum json_kind json_kind(const struct json *json, size_t node)
{
    const jsmntok_t *token = &json->tokens[node];

    switch (token->type) {
    case JSMN_OBJECT:
        return JSON_OBJECT;
    case JSMN_ARRAY:
        return JSON_ARRAY;
    case JSMN_STRING:
        return JSON_STRING;
    default:
        return json->text[token->start] == 'n' ? JSON_NULL : JSON_SCALAR;
    }
}

size_t json_count(const struct json *json, size_t node)
{
    return (size_t)json->tokens[node].size;
}

size_t json_first(const struct json *json, size_t node)
{
    return json->tokens[node].size == 0 ? JSON_NONE : node + 1;
}

size_t json_next(const struct json *json, size_t node)
{
    int parent = json->tokens[node].parent;
    bool key = parent >= 0 && json->tokens[parent].type == JSMN_OBJECT;
    size_t last = key ? node + 1 : node;
    size_t next = last + 1;

    while (next < json->count && json->tokens[next].start < json->tokens[last].end) {
        next++;
    }
    return next < json->count && json->tokens[next].parent == parent ? next : JSON_NONE;
}

size_t json_member(size_t key)
{
    return key + 1;
}

size_t json_begin(const struct json *json, size_t node)
{
    return (size_t)json->tokens[node].start;
}

size_t json_end(const struct json *json, size_t node)
{
    return (size_t)json->tokens[node].end;
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
