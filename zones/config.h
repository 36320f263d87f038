/*
 * The bridge's configuration JSON, as far as DNS is concerned, and where in its bytes to cut.
 *
 * Read as Go's encoding/json reads it into the bridge's structure (key folding, null, invalid
 * UTF-8, duplicates), because the bridge decides what the text means. Nothing is ever
 * re-serialised: the configuration also holds secrets, ports and keys, and those bytes are the
 * caller's.
 */
#ifndef ZONES_CONFIG_H
#define ZONES_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "zones/zone.h"

struct json; /* zones/json.h */

struct config_entry {
    char *text; /* decoded UTF-8, NUL-terminated after `length` bytes */
    size_t length;
};

struct config {
    struct config_entry *allow_net;
    size_t allow_net_count;
    struct zone *zones; /* `dns_zones` in the order given */
    size_t zone_count;
    struct config_entry *search_domains; /* `dns_search_domains`, offered to a guest by DHCP */
    size_t search_domain_count;
    /* The bridge answers from `dns_zones` before its own zones: `host_ip` is given, which 0.8.x
       lacks. There it is the other way round, and no JSON can put a zone first. */
    bool configured_first;

    /* Bytes [cut_begin, cut_end) of the JSON are the value of `dns_zones`; where the key is absent
       both are the place after the object's opening brace and `needs_key` is set. */
    size_t cut_begin;
    size_t cut_end;
    bool needs_key;
};

enum config_status {
    CONFIG_OK,
    CONFIG_INVALID,   /* not JSON, or a type the bridge will not take: the bridge reports it */
    CONFIG_AMBIGUOUS, /* a key that decides is given twice; Go would merge the two */
    CONFIG_NOMEM
};

/*
 * Reads `length` bytes of JSON. On CONFIG_OK *out is filled and the caller clears it with
 * config_clear; otherwise *out is empty. On CONFIG_AMBIGUOUS *duplicate is the key's name, a
 * constant string such as "allow_net". Thread safe; keeps no reference to `json`.
 */
enum config_status config_parse(const char *json, size_t length, struct config *out,
                                const char **duplicate);

/* As config_parse, of a document that has been read. */
enum config_status config_from(const struct json *document, struct config *out,
                               const char **duplicate);

/* Whether `dns_zones` has the zone of `domain`, which has no dot at its end: the one that a
   wildcard rule for it would make. A configured zone keeps its own default. */
bool config_has_zone(const struct config *config, const char *domain);

/*
 * Returns `json` with the value of `dns_zones` replaced by `zones` (a JSON array), NUL-terminated,
 * its length in *out_length; NULL when memory is short. One allocation of the exact size, so that a
 * caller can wipe the only copy of the secrets in it; the caller frees it.
 */
char *config_splice(const struct config *config, const char *json, size_t length, const char *zones,
                    size_t zones_length, size_t *out_length);

/* Frees what the configuration owns and empties it. Takes an emptied or zeroed configuration. */
void config_clear(struct config *config);

#endif
