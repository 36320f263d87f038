/*
 * What is odd here is odd there: names are taken as written, an address with a port is taken for a
 * host, and a name that cannot be looked up leaves no trace, save that of a wildcard.
 */
#include "shim/command/explain/bridge.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zones/address.h"

/* Go's net.SplitHostPort. False where it returns an error: the rule is then taken whole. */
static bool split_port(const char *text, const char **host, size_t *length)
{
    const char *colon = strrchr(text, ':');
    const char *begin = text;
    const char *end = colon;

    if (colon == NULL) {
        return false;
    }
    if (text[0] == '[') {
        end = strchr(text, ']');
        if (end == NULL || end + 1 != colon) {
            return false;
        }
        begin = text + 1;
    } else if (memchr(text, ':', (size_t)(colon - text)) != NULL) {
        return false;
    }
    if (strchr(begin, '[') != NULL || strchr(text[0] == '[' ? end + 1 : text, ']') != NULL) {
        return false;
    }
    *host = begin;
    *length = (size_t)(end - begin);
    return true;
}

/* The host that the bridge takes the rule to name, "" for none; "*." is part of it. */
static char *host_of(const struct rule *rule)
{
    const char *host = rule->text;
    size_t length = strlen(rule->text);

    if (length == 0 || address_is_literal(host, length) || address_is_network(host, length)) {
        return strdup("");
    }
    (void)split_port(rule->text, &host, &length);
    return strndup(host, length);
}

/* The addresses that the bridge would get, *count of them. */
static const struct in_addr *look_up(const struct answers *answers, const char *host, bool retried,
                                     struct in_addr *literal, size_t *count)
{
    const struct resolver_host *answer;

    *count = 0;
    if (address_is_ipv4(host, literal)) {
        *count = 1;
        return literal;
    }
    if (address_is_literal(host, strlen(host))) {
        return NULL;
    }
    answer = answers_find(answers, host);
    if (answer->outcome == RESOLVER_SINKHOLED) {
        literal->s_addr = htonl(INADDR_ANY);
        *count = 1;
        return literal;
    }
    if (answer->outcome != RESOLVER_RESOLVED || (answer->attempts > 1 && !retried)) {
        return NULL;
    }
    *count = answer->address_count;
    return answer->addresses;
}

struct builder {
    const struct answers *answers;
    bool retried;
    struct view *view;
};

/* The map's zone of that name: it denies what it does not list. */
static struct view_zone *map_zone(const struct builder *builder, const char *name, size_t rule)
{
    return view_zone(builder->view, name, VIEW_RULE, rule, "0.0.0.0");
}

static char *with_dot(const char *name)
{
    char *zone = NULL;

    return asprintf(&zone, "%s.", name) < 0 ? NULL : zone;
}

/* Adds the records of `host` to the zone of that name; without an address no zone is made. */
static int add_addresses(const struct builder *builder, size_t rule, const char *host,
                         const char *zone_name, const char *label)
{
    struct in_addr literal;
    size_t count = 0;
    const struct in_addr *addresses =
        look_up(builder->answers, host, builder->retried, &literal, &count);

    for (size_t i = 0; i < count; i++) {
        struct view_zone *zone = map_zone(builder, zone_name, rule);
        char ip[INET_ADDRSTRLEN];

        if (zone == NULL ||
            view_record(zone, label, inet_ntop(AF_INET, &addresses[i], ip, sizeof(ip))) != 0) {
            return -1;
        }
    }
    return 0;
}

static int add_rule(const struct builder *builder, size_t rule, const char *host)
{
    const bool wildcard = strncmp(host, "*.", 2) == 0;
    const char *name = wildcard ? host + 2 : host;
    const char *dot = wildcard ? NULL : strchr(name, '.');
    char *zone_name = with_dot(dot != NULL ? dot + 1 : name);
    char *label = dot != NULL ? strndup(name, (size_t)(dot - name)) : with_dot(name);
    int status = -1;

    if (zone_name == NULL || label == NULL) {
        goto out;
    }
    if (wildcard) {
        struct view_zone *zone = map_zone(builder, zone_name, rule);

        /* It answers for all of the zone that stands behind it, and has no address to answer with.
         */
        if (zone == NULL || view_record(zone, NULL, "") != 0) {
            goto out;
        }
        if (zone->wildcard == VIEW_NONE) {
            zone->wildcard = rule;
        }
    }
    status = add_addresses(builder, rule, name, zone_name, label);
out:
    free(zone_name);
    free(label);
    return status;
}

static int add_rules(const struct builder *builder, const struct allowlist *list)
{
    struct view *view = builder->view;

    view->random = view->count;
    for (size_t i = 0; i < list->rule_count; i++) {
        char *host = host_of(&list->rules[i].rule);
        int status = host == NULL ? -1 : 0;

        if (host != NULL && host[0] != '\0') {
            status = add_rule(builder, i, host);
        }
        free(host);
        if (status != 0) {
            return -1;
        }
    }
    view->random_count = view->count - view->random;
    return view_zone(view, "", VIEW_CATCH_ALL, VIEW_NONE, "0.0.0.0") != NULL ? 0 : -1;
}

int bridge_view(const struct config *config, const struct allowlist *list,
                const struct answers *answers, bool retried, struct view *out)
{
    const struct builder builder = {.answers = answers, .retried = retried, .view = out};

    *out = (struct view){0};
    if (config->configured_first && view_add_configured(out, config, true) != 0) {
        return -1;
    }
    if (add_rules(&builder, list) != 0) {
        return -1;
    }
    return config->configured_first ? 0 : view_add_configured(out, config, false);
}
