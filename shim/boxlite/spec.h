/*
 * boxlite's InstanceSpec, as far as it says which names a box may need.
 */
#ifndef BOXLITE_SPEC_H
#define BOXLITE_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "zones/config.h"

struct json; /* zones/json.h */

enum spec_status {
    SPEC_READ,    /* what it allows is known */
    SPEC_UNKNOWN, /* no document that can be understood */
    SPEC_NOMEM
};

struct spec {
    struct config config; /* what the bridge would get, as far as it decides about names;
                             plan_read_config may take it */
    bool old_key;         /* RELEASE_OLD_KEY is at its top */
    bool new_key;         /* RELEASE_NEW_KEY is */
};

/*
 * Looks for `allow_net` in `length` bytes at `json`, wherever it is: inside `network_config` up to
 * 0.9.7, `network_backend_spec` in 0.10. On SPEC_READ the caller ends out->config with
 * config_clear; otherwise it is empty. A release without host alias has no rule for it either.
 */
enum spec_status spec_read(const char *json, size_t length, struct spec *out);

/* As spec_read, of a document that has been read. */
enum spec_status spec_find(const struct json *document, struct spec *out);

/* As from a spec with the rules of the array `node`, which holds nothing but strings. */
enum spec_status spec_from_array(const struct json *document, size_t node, struct config *config);

/* The configuration of a box without rules: the host alias and the search list that the shim gives
   to every box. Returns 0, or -1 with an empty *config when memory is short. */
int spec_begin(struct config *config);

/* Adds a rule, a copy of `length` bytes. Returns 0, or -1 when memory is short. */
int spec_add_rule(struct config *config, const char *text, size_t length);

#endif
