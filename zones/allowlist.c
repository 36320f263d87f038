/*
 * Rules and the hosts behind them. Several rules may name one host ("example.com",
 * "Example.COM:443",
 * "*.example.com"); it is looked up once.
 */
#include "zones/allowlist.h"

#include <stdlib.h>
#include <string.h>

#include "zones/address.h"
#include "zones/configured.h"
#include "zones/hash.h"

/* Finds a host by name; the names belong to the rules. */
struct name_node {
    size_t host;
    UT_hash_handle hh;
};

struct name_index {
    struct name_node *nodes; /* room for one for each rule, used in the order of the hosts */
    struct name_node *table;
};

static void settle_configured(struct allow_host *host, const struct configured *configured)
{
    const struct zone_record *record = NULL;

    if (configured != NULL) {
        record = configured_find(configured, host->name);
    }
    if (record == NULL) {
        return;
    }
    host->configured = true;
    host->answered = address_is_ipv4(record->ip, &host->address);
    host->unusable = host->answered ? NULL : record->ip;
}

/* The host that `rule` names, made where it is new. */
static int find_host(struct allowlist *list, struct name_index *names, const struct rule *rule,
                     const struct configured *configured, size_t *out)
{
    struct name_node *node = NULL;
    size_t length = strlen(rule->name);

    HASH_FIND(hh, names->table, rule->name, length, node);
    if (node == NULL) {
        struct allow_host *host = &list->hosts[list->host_count];

        node = &names->nodes[list->host_count];
        node->host = list->host_count;
        HASH_ADD_KEYPTR(hh, names->table, rule->name, length, node);
        if (!HASH_ADDED(node)) {
            return -1;
        }
        host->name = rule->name;
        settle_configured(host, configured);
        list->host_count++;
    }
    *out = node->host;
    return 0;
}

static int read_rule(struct allowlist *list, struct name_index *names,
                     const struct config_entry *entry, const struct configured *configured)
{
    struct allow_rule *rule = &list->rules[list->rule_count];

    if (rule_parse(entry->text, entry->length, &rule->rule) != 0) {
        return -1;
    }
    list->rule_count++;
    if (rule->rule.kind == RULE_BAD) {
        list->bad_count++;
    }
    if (rule->rule.kind != RULE_EXACT && rule->rule.kind != RULE_WILDCARD) {
        return 0;
    }
    list->hostname_count++;
    if (find_host(list, names, &rule->rule, configured, &rule->host) != 0) {
        return -1;
    }
    if (rule->rule.kind == RULE_EXACT) {
        list->hosts[rule->host].exact = true;
    } else {
        list->hosts[rule->host].wildcard = true;
    }
    return 0;
}

int allowlist_read(const struct config *config, bool use_configured, struct allowlist *out)
{
    size_t count = config->allow_net_count;
    struct name_index names = {0};
    struct configured *configured = NULL;
    int result = -1;

    *out = (struct allowlist){0};
    if (count == 0) {
        return 0;
    }
    out->rules = calloc(count, sizeof(out->rules[0]));
    out->hosts = calloc(count, sizeof(out->hosts[0]));
    names.nodes = calloc(count, sizeof(names.nodes[0]));
    if (out->rules == NULL || out->hosts == NULL || names.nodes == NULL) {
        goto out;
    }
    if (use_configured && configured_new(config, &configured) != 0) {
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        if (read_rule(out, &names, &config->allow_net[i], configured) != 0) {
            goto out;
        }
    }
    result = 0;
out:
    HASH_CLEAR(hh, names.table);
    free(names.nodes);
    configured_free(configured);
    if (result != 0) {
        allowlist_clear(out);
    }
    return result;
}

void allowlist_clear(struct allowlist *list)
{
    for (size_t i = 0; i < list->rule_count; i++) {
        rule_clear(&list->rules[i].rule);
    }
    free(list->rules);
    free(list->hosts);
    *list = (struct allowlist){0};
}
