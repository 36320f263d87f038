#include "shim/boxlite/document.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/whole_file.h"
#include "shim/boxlite/spec.h"
#include "zones/config.h"
#include "zones/json.h"
#include "zones/json_string.h"
#include "zones/text.h"

#define SIZE_LIMIT ((size_t)16 << 20)

static enum document_status take_json(char *json, enum document_kind kind, struct document *out)
{
    if (json == NULL) {
        return DOCUMENT_NOMEM;
    }
    *out = (struct document){.kind = kind, .json = json, .length = strlen(json)};
    return DOCUMENT_READ;
}

/* Through spec_read, which adds what the shim adds to every box. */
static enum document_status read_spec(const char *json, size_t length, enum document_kind kind,
                                      struct document *out)
{
    char *config = NULL;

    switch (spec_read(json, length, &config)) {
    case SPEC_UNKNOWN:
        return DOCUMENT_UNKNOWN;
    case SPEC_NOMEM:
        return DOCUMENT_NOMEM;
    case SPEC_READ:
        break;
    }
    return take_json(config, kind, out);
}

/* `text` holds an array of rules without its closing bracket, after {"allow_net": */
static enum document_status finish_rules(struct text *text, struct document *out)
{
    enum document_status status = DOCUMENT_NOMEM;

    text_add_string(text, "]}");
    if (!text->failed) {
        status = read_spec(text->bytes, text->length, DOCUMENT_RULES, out);
    }
    text_clear(text);
    return status;
}

static void begin_rules(struct text *text)
{
    text_add_string(text, "{\"allow_net\":[");
}

enum document_status document_from_rules(const char *const *rules, size_t count,
                                         struct document *out)
{
    struct text text = {0};

    *out = (struct document){0};
    begin_rules(&text);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            text_add_string(&text, ",");
        }
        json_string_encode(&text, rules[i]);
    }
    return finish_rules(&text, out);
}

/* The line without its comment and the white space before that. */
static size_t rule_length(const char *line, size_t length)
{
    size_t size = 0;

    for (size_t i = 0; i < length; i++) {
        const bool blank = line[i] == ' ' || line[i] == '\t' || line[i] == '\r';

        if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
            break;
        }
        if (!blank) {
            size = i + 1;
        }
    }
    return size;
}

static enum document_status read_lines(const char *bytes, size_t length, struct document *out)
{
    struct text text = {0};
    const char *const end = bytes + length;
    bool first = true;
    bool failed = false;

    begin_rules(&text);
    for (const char *line = bytes, *next; line < end && !failed; line = next) {
        const char *const newline = memchr(line, '\n', (size_t)(end - line));
        const size_t size = rule_length(line, (size_t)((newline != NULL ? newline : end) - line));
        char *rule;

        next = newline != NULL ? newline + 1 : end;
        if (size == 0) {
            continue;
        }
        if (!first) {
            text_add_string(&text, ",");
        }
        first = false;
        rule = strndup(line, size);
        failed = rule == NULL;
        if (rule != NULL) {
            json_string_encode(&text, rule);
        }
        free(rule);
    }
    text.failed = text.failed || failed;
    return finish_rules(&text, out);
}

static bool is_config(const struct json *json)
{
    static const char *const keys[] = {"allow_net", "dns_zones", "gateway_ip", "host_ip",
                                       "socket_path"};

    for (size_t key = json_first(json, 0); key != JSON_NONE; key = json_next(json, key)) {
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
            if (json_key_is(json, key, keys[i])) {
                return true;
            }
        }
    }
    return false;
}

/* Whether the bridge takes what stands in it: else the create fails there. */
static bool is_taken(const char *bytes, size_t length)
{
    struct config config = {0};
    const char *duplicate = NULL;
    const bool taken = config_parse(bytes, length, &config, &duplicate) != CONFIG_INVALID;

    config_clear(&config);
    return taken;
}

static enum document_status copy_config(const char *bytes, size_t length, struct document *out)
{
    char *copy;

    if (!is_taken(bytes, length)) {
        return DOCUMENT_REJECTED;
    }
    copy = malloc(length + 1);
    if (copy == NULL) {
        return DOCUMENT_NOMEM;
    }
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    *out = (struct document){.kind = DOCUMENT_CONFIG, .json = copy, .length = length};
    return DOCUMENT_READ;
}

static enum document_status read_array(const struct json *json, const char *bytes,
                                       struct document *out)
{
    const size_t begin = json_begin(json, 0) + 1; /* between the brackets */
    struct text text = {0};

    begin_rules(&text);
    text_add(&text, bytes + begin, json_end(json, 0) - 1 - begin);
    return finish_rules(&text, out);
}

static enum document_status read_json(const struct json *json, const char *bytes, size_t length,
                                      struct document *out)
{
    switch (json_kind(json, 0)) {
    case JSON_OBJECT:
        return is_config(json) ? copy_config(bytes, length, out)
                               : read_spec(bytes, length, DOCUMENT_SPEC, out);
    case JSON_ARRAY:
        return read_array(json, bytes, out);
    case JSON_NULL:
    case JSON_SCALAR:
    case JSON_STRING:
        break;
    }
    /* A single rule may look like a number, or be called null. */
    return read_lines(bytes, length, out);
}

enum document_status document_read(const char *bytes, size_t length, struct document *out)
{
    struct json *json = NULL;
    enum document_status status;

    *out = (struct document){0};
    if (memchr(bytes, '\0', length) != NULL) {
        return DOCUMENT_UNKNOWN;
    }
    switch (json_read(bytes, length, &json)) {
    case JSON_NOMEM:
        return DOCUMENT_NOMEM;
    case JSON_INVALID:
        while (length > 0 && strchr(" \t\r\n", *bytes) != NULL) {
            bytes++;
            length--;
        }
        /* Meant to be JSON: as rules its lines would make no sense. */
        return length > 0 && *bytes == '{' ? DOCUMENT_UNKNOWN : read_lines(bytes, length, out);
    case JSON_OK:
        break;
    }
    status = read_json(json, bytes, length, out);
    json_free(json);
    return status;
}

enum document_status document_load(const char *path, struct document *out)
{
    struct whole_file file;
    enum document_status status;

    *out = (struct document){0};
    if (whole_file_read(path, SIZE_LIMIT, &file) != 0) {
        return DOCUMENT_UNREADABLE;
    }
    status = document_read(file.bytes, file.length, out);
    whole_file_clear(&file);
    return status;
}

const char *document_fault(enum document_status status, const char *path, char *text, size_t size)
{
    const char *const name = strcmp(path, "-") == 0 ? "standard input" : path;

    switch (status) {
    case DOCUMENT_READ:
        return NULL;
    case DOCUMENT_UNREADABLE:
        snprintf(text, size, "cannot read %s: %s", name, strerror(errno));
        return text;
    case DOCUMENT_UNKNOWN:
        snprintf(text, size,
                 "%s is neither a configuration of the bridge, an InstanceSpec, nor a list of "
                 "rules",
                 name);
        return text;
    case DOCUMENT_REJECTED:
        snprintf(text, size, "%s has a value of a type that the bridge does not take", name);
        return text;
    case DOCUMENT_NOMEM:
        break;
    }
    return "out of memory";
}

void document_clear(struct document *document)
{
    if (document->json != NULL) {
        explicit_bzero(document->json, document->length);
    }
    free(document->json);
    *document = (struct document){0};
}
