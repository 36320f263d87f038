/*
 * What an allowlist means. Written for plainness: lists are searched from end to end, and every
 * question is thought through from the beginning.
 */
#include "tests/support/allow_model.h"

#include <ctype.h>
#include <string.h>

static void copy(char *to, size_t room, const char *from)
{
    (void)snprintf(to, room, "%s", from);
}

static void copy_lower(char to[MODEL_NAME], const char *from)
{
    copy(to, MODEL_NAME, from);
    for (char *byte = to; *byte != '\0'; byte++) {
        *byte = (char)tolower((unsigned char)*byte);
    }
}

/* "b.c" of "a.b.c", "" of "c". */
static const char *above(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot == NULL ? "" : dot + 1;
}

static bool is_listed_exactly(const struct model_case *model, const char *lower)
{
    for (size_t i = 0; i < model->rule_count; i++) {
        const struct model_rule *rule = &model->rules[i];

        if (!rule->address && !rule->wildcard && strcmp(rule->lower, lower) == 0) {
            return true;
        }
    }
    return false;
}

bool model_answer(const struct model_case *model, const char *name, char ip[MODEL_ANSWER])
{
    uint32_t hash = (uint32_t)model->seed;

    for (const char *byte = name; *byte != '\0'; byte++) {
        hash = hash * 31 + (unsigned char)*byte;
    }
    if (model->lenient && hash % 3 == 0 && !is_listed_exactly(model, name)) {
        return false;
    }
    (void)snprintf(ip, MODEL_ANSWER, "10.%u.%u.%u", hash >> 16 & 255U, hash >> 8 & 255U,
                   hash & 255U);
    return true;
}

/* Whether the record of the zone is what the question asks for, byte by byte. */
static bool record_is(const struct model_zone *zone, const struct model_record *record,
                      const char *query)
{
    char full[2 * MODEL_NAME];
    char question[MODEL_NAME + 1];

    (void)snprintf(full, sizeof(full), "%s.%s", record->name, zone->name);
    (void)snprintf(question, sizeof(question), "%s.", query);
    return strcmp(full, question) == 0;
}

/* The address a configured record gives, that of the nearest zone; NULL if there is none. */
static const char *configured_address(const struct model_case *model, const char *query)
{
    const char *found = NULL;
    size_t nearest = 0;

    for (size_t i = 0; i < model->zone_count; i++) {
        const struct model_zone *zone = &model->zones[i];

        for (size_t j = 0; j < zone->record_count; j++) {
            bool nearer = found == NULL || strlen(zone->name) > nearest;

            if (nearer && record_is(zone, &zone->records[j], query)) {
                found = zone->records[j].ip;
                nearest = strlen(zone->name);
            }
        }
    }
    return found;
}

/* The address of a host that a rule names. */
static bool host_address(const struct model_case *model, const char *lower, char out[MODEL_ANSWER])
{
    const char *configured = configured_address(model, lower);

    if (configured != NULL) {
        copy(out, MODEL_ANSWER, configured);
        return true;
    }
    return model_answer(model, lower, out);
}

/* The first configured zone of that name, given without its dot; NULL if there is none. */
static const struct model_zone *configured_zone(const struct model_case *model, const char *name)
{
    char dotted[MODEL_NAME + 1];

    (void)snprintf(dotted, sizeof(dotted), "%s.", name);
    for (size_t i = 0; i < model->zone_count; i++) {
        if (strcmp(model->zones[i].name, dotted) == 0) {
            return &model->zones[i];
        }
    }
    return NULL;
}

/* The default that a configured zone gives to zones below it; NULL if it gives none. */
static const char *usable_default(const struct model_case *model, const char *name)
{
    const struct model_zone *zone = configured_zone(model, name);

    return zone != NULL && isdigit((unsigned char)zone->default_ip[0]) ? zone->default_ip : NULL;
}

static bool has_wildcard(const struct model_case *model, const char *lower)
{
    for (size_t i = 0; i < model->rule_count; i++) {
        if (model->rules[i].wildcard && strcmp(model->rules[i].lower, lower) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a rule needs a zone of exactly that name: its own domain, or the one its record is in. */
static bool rule_makes_zone(const struct model_case *model, const char *name)
{
    for (size_t i = 0; i < model->rule_count; i++) {
        const struct model_rule *rule = &model->rules[i];
        bool respelled = strcmp(rule->lower, rule->written) != 0;

        if (rule->address) {
            continue;
        }
        if (rule->wildcard) {
            if (strcmp(rule->lower, name) == 0 || strcmp(rule->written, name) == 0) {
                return true;
            }
        } else if ((strcmp(above(rule->lower), name) == 0 &&
                    configured_address(model, rule->lower) == NULL) ||
                   (respelled && strcmp(above(rule->written), name) == 0)) {
            return true;
        }
    }
    return false;
}

static bool is_searched(const struct model_case *model, const char *name)
{
    for (size_t i = 0; i < model->search_count; i++) {
        if (strcmp(model->search[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* What a name gets that nothing lists. Where libc searches, what nothing lists does not exist. */
static void expect_default(const struct model_case *model, const char *query,
                           char out[MODEL_ANSWER])
{
    bool within_made_zone = false;
    bool searched = false;

    for (const char *name = above(query); *name != '\0'; name = above(name)) {
        const struct model_zone *zone = configured_zone(model, name);
        const char *usable = usable_default(model, name);
        char lower[MODEL_NAME];

        if (!within_made_zone && zone != NULL) {
            copy(out, MODEL_ANSWER, usable == NULL ? "NXDOMAIN" : usable);
            return;
        }
        within_made_zone =
            within_made_zone || rule_makes_zone(model, name) || is_searched(model, name);
        if (!within_made_zone) {
            continue;
        }
        copy_lower(lower, name);
        searched = searched || is_searched(model, name) || is_searched(model, lower);
        if (usable == NULL) {
            usable = usable_default(model, lower);
        }
        if (usable != NULL) {
            copy(out, MODEL_ANSWER, usable);
            return;
        }
        if (has_wildcard(model, lower)) {
            if (!host_address(model, lower, out)) {
                copy(out, MODEL_ANSWER, "NXDOMAIN");
            }
            return;
        }
    }
    copy(out, MODEL_ANSWER, searched ? "NXDOMAIN" : "0.0.0.0");
}

size_t model_search(const struct model_case *model, const char *query,
                    char out[MODEL_SEARCH + 1][2 * MODEL_NAME])
{
    const bool dotted = strchr(query, '.') != NULL;
    size_t count = 0;

    if (dotted) {
        copy(out[count++], 2 * MODEL_NAME, query);
    }
    for (size_t i = 0; i < model->search_count; i++) {
        (void)snprintf(out[count++], 2 * MODEL_NAME, "%s.%s", query, model->search[i]);
    }
    if (!dotted) {
        copy(out[count++], 2 * MODEL_NAME, query);
    }
    return count;
}

void model_expect(const struct model_case *model, const char *query, char out[MODEL_ANSWER])
{
    const char *configured = configured_address(model, query);

    if (configured != NULL) {
        copy(out, MODEL_ANSWER, configured);
        return;
    }
    for (size_t i = 0; i < model->rule_count; i++) {
        const struct model_rule *rule = &model->rules[i];

        if (!rule->address && !rule->wildcard &&
            (strcmp(rule->written, query) == 0 || strcmp(rule->lower, query) == 0)) {
            (void)host_address(model, rule->lower, out);
            return;
        }
    }
    expect_default(model, query, out);
}

static void print_zones(const struct model_case *model, FILE *out)
{
    (void)fprintf(out, "\"dns_zones\":[");
    for (size_t i = 0; i < model->zone_count; i++) {
        const struct model_zone *zone = &model->zones[i];

        (void)fprintf(out, "%s{\"name\":\"%s\",\"records\":[", i == 0 ? "" : ",", zone->name);
        for (size_t j = 0; j < zone->record_count; j++) {
            (void)fprintf(out, "%s{\"name\":\"%s\",\"ip\":\"%s\"}", j == 0 ? "" : ",",
                          zone->records[j].name, zone->records[j].ip);
        }
        (void)fprintf(out, "],\"default_ip\":\"%s\"}", zone->default_ip);
    }
    (void)fprintf(out, "]");
}

static void print_search(const struct model_case *model, FILE *out)
{
    (void)fprintf(out, "\"dns_search_domains\":[");
    for (size_t i = 1; i < model->search_count; i++) {
        (void)fprintf(out, "%s\"%s\"", i == 1 ? "" : ",", model->search[i]);
    }
    (void)fprintf(out, "]");
}

static void print_rules(const struct model_case *model, FILE *out)
{
    (void)fprintf(out, "\"allow_net\":[");
    for (size_t i = 0; i < model->rule_count; i++) {
        (void)fprintf(out, "%s\"%s\"", i == 0 ? "" : ",", model->rules[i].text);
    }
    (void)fprintf(out, "]");
}

void model_print_config(const struct model_case *model, FILE *out)
{
    (void)fprintf(out, "{\"host_ip\":\"192.168.127.254\",");
    print_zones(model, out);
    (void)fprintf(out, ",");
    print_search(model, out);
    (void)fprintf(out, ",");
    print_rules(model, out);
    (void)fprintf(out, "}");
}

static void print_answers(const struct model_case *model, FILE *out)
{
    const char *comma = "";

    (void)fprintf(out, "\"answers\":{");
    for (size_t i = 0; i < model->rule_count; i++) {
        const struct model_rule *rule = &model->rules[i];
        char ip[MODEL_ANSWER];
        bool repeated = rule->address;

        for (size_t j = 0; j < i; j++) {
            repeated = repeated || strcmp(model->rules[j].lower, rule->lower) == 0;
        }
        if (!repeated && configured_address(model, rule->lower) == NULL &&
            model_answer(model, rule->lower, ip)) {
            (void)fprintf(out, "%s\"%s\":\"%s\"", comma, rule->lower, ip);
            comma = ",";
        }
    }
    (void)fprintf(out, "}");
}

void model_print_case(const struct model_case *model, FILE *out)
{
    (void)fprintf(out, "{\"seed\":%llu,\"lenient\":%s,", (unsigned long long)model->seed,
                  model->lenient ? "true" : "false");
    print_rules(model, out);
    (void)fprintf(out, ",");
    print_zones(model, out);
    (void)fprintf(out, ",");
    print_search(model, out);
    (void)fprintf(out, ",");
    print_answers(model, out);
    (void)fprintf(out, ",\"queries\":[");
    for (size_t i = 0; i < model->query_count; i++) {
        (void)fprintf(out, "%s\"%s\"", i == 0 ? "" : ",", model->queries[i]);
    }
    (void)fprintf(out, "],\"expected\":{");
    for (size_t i = 0; i < model->query_count; i++) {
        char answer[MODEL_ANSWER];

        model_expect(model, model->queries[i], answer);
        (void)fprintf(out, "%s\"%s\":\"%s\"", i == 0 ? "" : ",", model->queries[i], answer);
    }
    (void)fprintf(out, "}}\n");
}
