/*
 * From configuration and answers to zones.
 *
 * All zones are made before any record is placed: where a record belongs depends on which zones
 * there are, since only the longest zone that fits a question is ever asked.
 */
#include "zones/zones.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "zones/configured.h"
#include "zones/hostname.h"
#include "zones/wildcards.h"
#include "zones/zone_set.h"

enum {
    QUESTION_MAX = 1024 /* no question is longer, even with each of its 255 bytes escaped as \DDD */
};

/* A name with its dot at the end, as it stands in questions: its zones are its suffixes. */
struct question {
    char name[HOSTNAME_MAX + 2];
    size_t label; /* length of the first label */
};

struct builder {
    const struct config *config;
    const struct allowlist *list;
    const char *const *guest_search;
    struct zone_set set;
    struct wildcards *wildcards;
    char (*addresses)[INET_ADDRSTRLEN]; /* one for each host */
};

/* `length` is at most HOSTNAME_MAX. */
static struct question question_for(const char *name, size_t length)
{
    struct question question;

    memcpy(question.name, name, length);
    memcpy(question.name + length, ".", 2);
    question.label = strcspn(question.name, ".");
    return question;
}

/* The zone that holds the record of an exact rule. */
static const char *question_parent(const struct question *question)
{
    return question->name + question->label + 1;
}

/* The configured zones, those of one name merged. */
static int add_configured(struct builder *builder)
{
    for (size_t i = 0; i < builder->config->zone_count; i++) {
        const struct zone *from = &builder->config->zones[i];
        struct set_zone *zone = zone_set_add(&builder->set, from->name);

        if (zone == NULL) {
            return -1;
        }
        if (!zone->configured) {
            zone->configured = true;
            zone->default_ip = from->default_ip;
        }
        for (size_t j = 0; j < from->record_count; j++) {
            const struct zone_record *record = &from->records[j];

            if (zone_set_add_record(&builder->set, zone, record->name, strlen(record->name),
                                    record->ip) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int add_root(struct builder *builder)
{
    struct set_zone *root = zone_set_add(&builder->set, "");

    if (root == NULL) {
        return -1;
    }
    root->default_ip = "0.0.0.0";
    return 0;
}

/* One that no question can hold as a suffix, such as the root, is no domain to search. */
static int add_search_domain(struct builder *builder, const char *text, size_t length)
{
    struct span domain = {.at = text, .length = length};
    struct span where;
    struct question question;
    struct set_zone *zone = NULL;

    if (length > 0 && text[length - 1] == '.') {
        domain.length--;
    }
    if (hostname_check(domain, &where) != HOSTNAME_OK) {
        return 0;
    }
    question = question_for(domain.at, domain.length);
    zone = zone_set_add(&builder->set, question.name);
    if (zone == NULL) {
        return -1;
    }
    zone->searched = true;
    return 0;
}

static int add_search_domains(struct builder *builder)
{
    const struct config *config = builder->config;

    for (const char *const *domain = builder->guest_search; *domain != NULL; domain++) {
        if (add_search_domain(builder, *domain, strlen(*domain)) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < config->search_domain_count; i++) {
        const struct config_entry *domain = &config->search_domains[i];

        if (add_search_domain(builder, domain->text, domain->length) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Whether the rule's name, as written or not, needs a record of its own. */
static bool needs_record(const struct builder *builder, const struct allow_rule *rule, bool written)
{
    const struct allow_host *host = &builder->list->hosts[rule->host];

    return rule->rule.kind == RULE_EXACT && host->answered && (written || !host->configured);
}

/* Makes the zone for one spelling of a rule's name. */
static int add_rule_zone(struct builder *builder, const struct allow_rule *rule, const char *name,
                         bool written)
{
    struct question question;
    struct set_zone *zone = NULL;

    if (name == NULL ||
        (rule->rule.kind != RULE_WILDCARD && !needs_record(builder, rule, written))) {
        return 0;
    }
    question = question_for(name, strnlen(name, HOSTNAME_MAX));
    zone =
        zone_set_add(&builder->set,
                     rule->rule.kind == RULE_WILDCARD ? question.name : question_parent(&question));
    if (zone == NULL) {
        return -1;
    }
    zone->ruled = true;
    return 0;
}

static int add_rule_zones(struct builder *builder)
{
    for (size_t i = 0; i < builder->list->rule_count; i++) {
        const struct allow_rule *rule = &builder->list->rules[i];

        if (rule->rule.kind != RULE_EXACT && rule->rule.kind != RULE_WILDCARD) {
            continue;
        }
        if (add_rule_zone(builder, rule, rule->rule.name, false) != 0 ||
            add_rule_zone(builder, rule, rule->rule.spelling, true) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Repeats a configured record in the longest zone that fits its question, where that is another. */
static int repeat_record(struct builder *builder, const char *zone, const struct set_record *record)
{
    char question[QUESTION_MAX + 1];
    size_t label = strlen(record->name);
    size_t length = label + 1 + strlen(zone);

    if (length > QUESTION_MAX) {
        return 0;
    }
    memcpy(question, record->name, label);
    question[label] = '.';
    memcpy(question + label + 1, zone, length - label);
    for (size_t at = strcspn(question, "."); at < label;
         at += 1 + strcspn(question + at + 1, ".")) {
        struct set_zone *longer =
            at == 0 ? NULL : zone_set_find(&builder->set, question + at + 1, length - at - 1);

        if (longer != NULL) {
            return zone_set_add_record(&builder->set, longer, question, at, record->ip);
        }
    }
    return 0;
}

struct sized_zone {
    const struct set_zone *zone;
    size_t length; /* of its name */
};

static int compare_lengths(const void *left, const void *right)
{
    size_t a = ((const struct sized_zone *)left)->length;
    size_t b = ((const struct sized_zone *)right)->length;

    return (a < b) - (a > b);
}

/*
 * Repeats what longer zones hide, the longest configured zone's records first: of two records that
 * answer one question that is the one that counts.
 */
static int repeat_hidden(struct builder *builder)
{
    struct sized_zone *zones = calloc(builder->config->zone_count + 1, sizeof(zones[0]));
    size_t count = 0;
    int result = -1;

    if (zones == NULL) {
        return -1;
    }
    for (const struct set_zone *zone = builder->set.zones; zone != NULL; zone = zone->hh.next) {
        if (zone->configured && configured_reaches(zone->name)) {
            zones[count++] = (struct sized_zone){.zone = zone, .length = strlen(zone->name)};
        }
    }
    qsort(zones, count, sizeof(zones[0]), compare_lengths);
    for (size_t i = 0; i < count; i++) {
        const struct set_zone *zone = zones[i].zone;

        for (const struct set_record *record = zone->first; record != NULL; record = record->next) {
            if (repeat_record(builder, zone->name, record) != 0) {
                goto out;
            }
        }
    }
    result = 0;
out:
    free(zones);
    return result;
}

/* Adds the record for one spelling of a rule's name. */
static int add_rule_record(struct builder *builder, const struct allow_rule *rule, const char *name,
                           bool written)
{
    struct question question;
    const char *parent = NULL;

    if (name == NULL || !needs_record(builder, rule, written)) {
        return 0;
    }
    question = question_for(name, strnlen(name, HOSTNAME_MAX));
    parent = question_parent(&question);
    return zone_set_add_record(&builder->set, zone_set_find(&builder->set, parent, strlen(parent)),
                               name, question.label, builder->addresses[rule->host]);
}

static int add_rule_records(struct builder *builder)
{
    for (size_t i = 0; i < builder->list->rule_count; i++) {
        const struct allow_rule *rule = &builder->list->rules[i];

        if (rule->rule.kind != RULE_EXACT) {
            continue;
        }
        if (add_rule_record(builder, rule, rule->rule.name, false) != 0 ||
            add_rule_record(builder, rule, rule->rule.spelling, true) != 0) {
            return -1;
        }
    }
    return 0;
}

static void settle_defaults(struct builder *builder)
{
    for (struct set_zone *zone = builder->set.zones; zone != NULL; zone = zone->hh.next) {
        if (zone->default_ip == NULL) {
            zone->default_ip = wildcards_default(builder->wildcards, &builder->set, zone->name);
        }
    }
}

static int format_addresses(struct builder *builder)
{
    const struct allowlist *list = builder->list;

    builder->addresses = calloc(list->host_count + 1, sizeof(builder->addresses[0]));
    if (builder->addresses == NULL) {
        return -1;
    }
    for (size_t i = 0; i < list->host_count; i++) {
        if (list->hosts[i].answered) {
            (void)inet_ntop(AF_INET, &list->hosts[i].address, builder->addresses[i],
                            sizeof(builder->addresses[i]));
        }
    }
    return 0;
}

int zones_build(const struct config *config, const struct allowlist *list,
                const char *const *guest_search, struct zones *out)
{
    struct builder builder = {.config = config, .list = list, .guest_search = guest_search};
    int result = -1;

    *out = (struct zones){0};
    if (format_addresses(&builder) != 0 || wildcards_new(list, &builder.wildcards) != 0 ||
        add_configured(&builder) != 0 || add_root(&builder) != 0 ||
        add_search_domains(&builder) != 0 || add_rule_zones(&builder) != 0 ||
        repeat_hidden(&builder) != 0 || add_rule_records(&builder) != 0) {
        goto out;
    }
    settle_defaults(&builder);
    result = zone_set_export(&builder.set, out);
out:
    zone_set_clear(&builder.set);
    wildcards_free(builder.wildcards);
    free(builder.addresses);
    return result;
}
