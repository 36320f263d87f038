/*
 * What a 0.8.x bridge gets wrong and no configuration can repair.
 *
 * It puts the zones it makes itself first, in the random order of a Go map, each with 0.0.0.0 for
 * names it does not list. So a name below another rule's zone is answered by whichever comes first;
 * a wildcard's record has no address; a single label, upper case or a trailing dot makes a record
 * that no question equals.
 */
#include "zones/allowlist.h"

#include <stdlib.h>
#include <string.h>

#include "zones/hash.h"
#include "zones/text.h"

enum { SHOWN = 20 };

/* The zone an exact rule makes, by its name without the trailing dot. */
struct parent {
    const struct allow_rule *rule; /* the first that makes it */
    UT_hash_handle hh;
};

struct findings {
    struct text text;
    size_t count;
};

/* The name behind the first dot, NULL where there is none. */
static const char *parent_of(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot == NULL ? NULL : dot + 1;
}

/* Counts a finding and says whether it is to be written, having written what goes before it. */
static bool next_finding(struct findings *findings)
{
    findings->count++;
    if (findings->count > SHOWN) {
        return false;
    }
    if (findings->count > 1) {
        text_add_string(&findings->text, "; ");
    }
    return true;
}

static void find_spelling(struct findings *findings, const struct rule *rule)
{
    if (rule->kind == RULE_WILDCARD && next_finding(findings)) {
        text_format(&findings->text, "rule \"%s\" is a wildcard", rule->text);
    }
    if (rule->kind == RULE_EXACT && parent_of(rule->name) == NULL && next_finding(findings)) {
        text_format(&findings->text, "rule \"%s\" is a single label", rule->text);
    }
    if (rule->kind == RULE_EXACT && rule->spelling != NULL && next_finding(findings)) {
        text_format(&findings->text, "rule \"%s\" has upper case", rule->text);
    }
    if (rule->kind == RULE_EXACT && rule->trailing_dot && next_finding(findings)) {
        text_format(&findings->text, "rule \"%s\" ends in a dot", rule->text);
    }
}

/* Zones above the rule's own: each hides the rule's name when it comes first. */
static void find_shadows(struct findings *findings, const struct rule *rule, struct parent *table)
{
    const char *own = parent_of(rule->name);

    for (const char *zone = own == NULL ? NULL : parent_of(own); zone != NULL;
         zone = parent_of(zone)) {
        struct parent *parent = NULL;

        HASH_FIND(hh, table, zone, strlen(zone), parent);
        if (parent != NULL && next_finding(findings)) {
            text_format(&findings->text, "rules \"%s\" and \"%s\" shadow each other",
                        parent->rule->rule.text, rule->text);
        }
    }
}

/* Whether this is the first exact rule for its host. */
static bool is_first(const struct allowlist *list, size_t rule, unsigned char *seen)
{
    const struct allow_rule *at = &list->rules[rule];

    if (at->rule.kind != RULE_EXACT || seen[at->host] != 0) {
        return false;
    }
    seen[at->host] = 1;
    return true;
}

static int index_parents(const struct allowlist *list, struct parent *nodes, struct parent **table)
{
    for (size_t i = 0; i < list->rule_count; i++) {
        const struct allow_rule *rule = &list->rules[i];
        const char *zone = rule->rule.kind == RULE_EXACT ? parent_of(rule->rule.name) : NULL;
        struct parent *known = NULL;

        if (zone == NULL) {
            continue;
        }
        HASH_FIND(hh, *table, zone, strlen(zone), known);
        if (known == NULL) {
            nodes[i].rule = rule;
            HASH_ADD_KEYPTR(hh, *table, zone, strlen(zone), &nodes[i]);
            if (!HASH_ADDED(&nodes[i])) {
                return -1;
            }
        }
    }
    return 0;
}

int allowlist_legacy_fault(const struct allowlist *list, char **why)
{
    struct findings findings = {0};
    struct parent *nodes = NULL;
    struct parent *table = NULL;
    unsigned char *seen = NULL;
    int result = -1;

    *why = NULL;
    if (list->hostname_count == 0) {
        return 0;
    }
    nodes = calloc(list->rule_count, sizeof(nodes[0]));
    seen = calloc(list->host_count, sizeof(seen[0]));
    if (nodes == NULL || seen == NULL || index_parents(list, nodes, &table) != 0) {
        goto out;
    }
    for (size_t i = 0; i < list->rule_count; i++) {
        find_spelling(&findings, &list->rules[i].rule);
        if (is_first(list, i, seen)) {
            find_shadows(&findings, &list->rules[i].rule, table);
        }
    }
    if (findings.count > SHOWN) {
        text_format(&findings.text, "; and %zu more", findings.count - SHOWN);
    }
    if (findings.count > 0) {
        *why = text_take(&findings.text);
    }
    result = findings.count > 0 && *why == NULL ? -1 : 0;
out:
    text_clear(&findings.text);
    HASH_CLEAR(hh, table);
    free(nodes);
    free(seen);
    return result;
}
