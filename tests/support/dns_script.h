/*
 * The script: names, and for each the actions its questions meet one after the other.
 */
#ifndef SUPPORT_DNS_SCRIPT_H
#define SUPPORT_DNS_SCRIPT_H

#include <stddef.h>

#include "tests/support/dns_action.h"
#include "tests/support/dns_ldns.h"

/* Room for a name of 255 bytes, every one of them escaped, and an address before it. */
#define DNS_KEY_SIZE 1152

struct dns_entry {
    ldns_rbnode_t node; /* key: "ADDRESS NAME", see dns_script.c */
    char *key;
    const char *address; /* the listen address it is for, "" for all of them */
    struct dns_action *steps;
    size_t step_count; /* at least 1 */
};

struct dns_script {
    ldns_rbtree_t *entries;
};

/*
 * Reads the file at `path`. An entry may be restricted to one of the `count` listen addresses.
 * Returns 0 and fills *out (free with dns_script_clear), or -1 with "FILE:LINE: TEXT" in `error`;
 * *out is then empty.
 */
int dns_script_read(const char *path, const char *const *addresses, size_t count,
                    struct dns_script *out, char *error, size_t size);

/*
 * The entry for a question: `name` in lower case without trailing dot, asked of `address`. Never
 * NULL, since a script without `default` has one that says NXDOMAIN. Entries for one address go
 * before all others, its default included; then an exact name, the nearest wildcard, the default.
 */
const struct dns_entry *dns_script_find(const struct dns_script *script, const char *address,
                                        const char *name);

/* Frees what the script owns and empties it. Takes an emptied or zeroed script. */
void dns_script_clear(struct dns_script *script);

#endif
