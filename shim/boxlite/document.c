/*
 * A document in one of three forms, told apart by what stands in it.
 */
#include "shim/boxlite/document.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/whole_file.h"
#include "shim/boxlite/spec.h"
#include "zones/json.h"

#define SIZE_LIMIT ((size_t)16 << 20)

static enum document_status of_spec(enum spec_status status, enum document_kind kind,
                                    struct document *out)
{
    out->kind = kind;
    switch (status) {
    case SPEC_READ:
        return DOCUMENT_READ;
    case SPEC_UNKNOWN:
        return DOCUMENT_UNKNOWN;
    case SPEC_NOMEM:
        break;
    }
    return DOCUMENT_NOMEM;
}

enum document_status document_from_rules(const char *const *rules, size_t count,
                                         struct document *out)
{
    *out = (struct document){.kind = DOCUMENT_RULES};
    if (spec_begin(&out->config) != 0) {
        return DOCUMENT_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        if (spec_add_rule(&out->config, rules[i], strlen(rules[i])) != 0) {
            document_clear(out);
            return DOCUMENT_NOMEM;
        }
    }
    return DOCUMENT_READ;
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
    const char *const end = bytes + length;

    out->kind = DOCUMENT_RULES;
    if (spec_begin(&out->config) != 0) {
        return DOCUMENT_NOMEM;
    }
    for (const char *line = bytes, *next; line < end; line = next) {
        const char *const newline = memchr(line, '\n', (size_t)(end - line));
        const size_t size = rule_length(line, (size_t)((newline != NULL ? newline : end) - line));

        next = newline != NULL ? newline + 1 : end;
        if (size > 0 && spec_add_rule(&out->config, line, size) != 0) {
            document_clear(out);
            return DOCUMENT_NOMEM;
        }
    }
    return DOCUMENT_READ;
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

static enum document_status read_config(const struct json *json, struct document *out)
{
    out->kind = DOCUMENT_CONFIG;
    switch (config_from(json, &out->config, &out->duplicate)) {
    case CONFIG_OK:
    case CONFIG_AMBIGUOUS:
        return DOCUMENT_READ;
    case CONFIG_INVALID: /* the bridge does not take what stands in it: the create fails there */
        return DOCUMENT_REJECTED;
    case CONFIG_NOMEM:
        break;
    }
    return DOCUMENT_NOMEM;
}

static enum document_status read_json(const struct json *json, const char *bytes, size_t length,
                                      struct document *out)
{
    enum spec_status status;
    struct spec spec;

    switch (json_kind(json, 0)) {
    case JSON_OBJECT:
        if (is_config(json)) {
            return read_config(json, out);
        }
        status = spec_find(json, &spec);
        out->config = spec.config;
        return of_spec(status, DOCUMENT_SPEC, out);
    case JSON_ARRAY:
        return of_spec(spec_from_array(json, 0, &out->config), DOCUMENT_RULES, out);
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
    config_clear(&document->config);
    *document = (struct document){0};
}
