/*
 * The new zones between the caller's own bytes.
 */
#include "zones/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static char *append(char *at, const char *bytes, size_t length)
{
    memcpy(at, bytes, length);
    return at + length;
}

char *config_splice(const struct config *config, const char *json, size_t length, const char *zones,
                    size_t zones_length, size_t *out_length)
{
    const char *before = config->needs_key ? "\"dns_zones\":" : "";
    const char *after = "";
    size_t next = config->cut_end;
    size_t kept = length - (config->cut_end - config->cut_begin);
    size_t added = 0;
    char *spliced = NULL;
    char *at = NULL;

    if (config->needs_key) {
        while (next < length && strchr(" \t\r\n", json[next]) != NULL) {
            next++;
        }
        after = next < length && json[next] == '}' ? "" : ",";
    }
    added = strlen(before) + strlen(after) + 1;
    if (zones_length > SIZE_MAX - added || kept > SIZE_MAX - added - zones_length) {
        return NULL;
    }
    spliced = malloc(kept + zones_length + added);
    if (spliced == NULL) {
        return NULL;
    }
    at = append(spliced, json, config->cut_begin);
    at = append(at, before, strlen(before));
    at = append(at, zones, zones_length);
    at = append(at, after, strlen(after));
    at = append(at, json + config->cut_end, length - config->cut_end);
    *at = '\0';
    *out_length = (size_t)(at - spliced);
    return spliced;
}
