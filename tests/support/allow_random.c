/*
 * Random cases. Everything comes from the seed, nothing from libc's generators, so that a case can
 * be named by a number.
 */
#include "tests/support/allow_model.h"

#include <ctype.h>
#include <string.h>

/* SplitMix64: one addition and a mix, good for any seed. */
static uint64_t next(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static unsigned below(uint64_t *state, unsigned bound)
{
    return (unsigned)(next(state) % bound);
}

static bool one_in(uint64_t *state, unsigned bound)
{
    return below(state, bound) == 0;
}

static void append(char name[MODEL_NAME], const char *part)
{
    size_t length = strlen(name);

    (void)snprintf(name + length, MODEL_NAME - length, "%s", part);
}

/* Appends a name of so many labels. */
static void append_name(uint64_t *state, char name[MODEL_NAME], unsigned labels)
{
    static const char *const alphabet[] = {"a", "b", "c", "x_y"};

    for (unsigned i = 0; i < labels; i++) {
        append(name, i == 0 ? "" : ".");
        append(name, alphabet[below(state, 10) % 4]);
    }
}

/* Turns some letters into upper case. */
static void respell(uint64_t *state, char *name)
{
    for (char *byte = name; *byte != '\0'; byte++) {
        if (one_in(state, 2)) {
            *byte = (char)toupper((unsigned char)*byte);
        }
    }
}

static void make_rule(uint64_t *state, struct model_rule *rule)
{
    static const char *const addresses[] = {"192.0.2.7", "10.0.0.0/8", "[2001:db8::1]:443", "::1"};

    *rule = (struct model_rule){.address = one_in(state, 12)};
    if (rule->address) {
        append(rule->text, addresses[below(state, 4)]);
        return;
    }
    rule->wildcard = one_in(state, 3);
    append_name(state, rule->written, 1 + below(state, rule->wildcard ? 3 : 4));
    memcpy(rule->lower, rule->written, sizeof(rule->lower));
    if (one_in(state, 4)) {
        respell(state, rule->written);
    }
    append(rule->text, one_in(state, 10) ? " \xc2\xa0" : "");
    append(rule->text, rule->wildcard ? "*." : "");
    append(rule->text, rule->written);
    append(rule->text, one_in(state, 10) ? "." : "");
    append(rule->text, one_in(state, 8) ? ":443" : "");
    append(rule->text, one_in(state, 10) ? " " : "");
}

static void make_zone(uint64_t *state, struct model_zone *zone, unsigned number)
{
    *zone = (struct model_zone){.record_count = below(state, MODEL_RECORDS)};
    append_name(state, zone->name, below(state, 4));
    if (zone->name[0] != '\0') {
        append(zone->name, one_in(state, 10) ? "" : ".");
    } else if (one_in(state, 4)) {
        append(zone->name, ".");
    }
    if (one_in(state, 6)) {
        respell(state, zone->name);
    }
    if (one_in(state, 3)) {
        (void)snprintf(zone->default_ip, sizeof(zone->default_ip), "203.0.113.%u", number);
    } else if (one_in(state, 6)) {
        (void)snprintf(zone->default_ip, sizeof(zone->default_ip), "no address");
    }
    for (unsigned i = 0; i < zone->record_count; i++) {
        append_name(state, zone->records[i].name, 1 + below(state, 3));
        if (one_in(state, 8)) {
            respell(state, zone->records[i].name);
        }
        (void)snprintf(zone->records[i].ip, sizeof(zone->records[i].ip), "172.16.%u.%u", number, i);
    }
}

/* The guest's own domain, as boxlite's guest agents write it, and none to two of a configuration.
 */
static void make_search(uint64_t *state, struct model_case *model)
{
    bool names_host = false;

    for (size_t i = 0; i < model->rule_count; i++) {
        names_host = names_host || !model->rules[i].address;
    }
    if (!names_host) {
        return; /* nothing is repaired, and no zone made for a search list */
    }
    append(model->search[model->search_count++], "localdomain");
    for (unsigned more = below(state, MODEL_SEARCH); more > 0; more--) {
        append_name(state, model->search[model->search_count], 1 + below(state, 2));
        if (one_in(state, 8)) {
            respell(state, model->search[model->search_count]);
        }
        model->search_count++;
    }
}

static void add_query(struct model_case *model, const char *name)
{
    if (model->query_count == MODEL_QUERIES) {
        return;
    }
    for (size_t i = 0; i < model->query_count; i++) {
        if (strcmp(model->queries[i], name) == 0) {
            return;
        }
    }
    (void)snprintf(model->queries[model->query_count++], MODEL_NAME, "%s", name);
}

/* Asks for what a rule names, and for something below it and beside it. */
static void ask_about_rule(uint64_t *state, struct model_case *model, const struct model_rule *rule)
{
    const char *base = one_in(state, 2) ? rule->written : rule->lower;
    char name[MODEL_NAME] = "";

    if (rule->address) {
        return;
    }
    add_query(model, rule->written);
    add_query(model, rule->lower);
    append_name(state, name, 1 + below(state, 2));
    append(name, ".");
    append(name, one_in(state, 2) || strchr(base, '.') == NULL ? base : strchr(base, '.') + 1);
    add_query(model, name);
}

/* Asks for a name that a configured record answers, if its zone can be reached. */
static void ask_about_zone(uint64_t *state, struct model_case *model, const struct model_zone *zone)
{
    char name[MODEL_NAME] = "";
    size_t length = strlen(zone->name);

    if (zone->record_count == 0 || (length > 0 && (length == 1 || zone->name[length - 1] != '.'))) {
        return;
    }
    append(name, zone->records[below(state, (unsigned)zone->record_count)].name);
    append(name, ".");
    append(name, zone->name);
    name[strlen(name) - 1] = '\0';
    add_query(model, name);
}

void model_make(struct model_case *out, uint64_t seed)
{
    uint64_t state = seed;

    memset(out, 0, sizeof(*out));
    out->seed = seed;
    out->lenient = one_in(&state, 5);
    out->rule_count = 1 + below(&state, MODEL_RULES);
    for (size_t i = 0; i < out->rule_count; i++) {
        make_rule(&state, &out->rules[i]);
    }
    out->zone_count = one_in(&state, 3) ? 0 : below(&state, MODEL_ZONES + 1);
    for (size_t i = 0; i < out->zone_count; i++) {
        make_zone(&state, &out->zones[i], (unsigned)i);
    }
    make_search(&state, out);
    for (size_t i = 0; i < out->zone_count; i++) {
        ask_about_zone(&state, out, &out->zones[i]);
    }
    for (size_t i = 0; i < out->rule_count; i++) {
        ask_about_rule(&state, out, &out->rules[i]);
    }
    for (int i = 0; i < 12; i++) {
        char name[MODEL_NAME] = "";

        append_name(&state, name, 1 + below(&state, 5));
        if (one_in(&state, 4)) {
            respell(&state, name);
        }
        add_query(out, name);
    }
}
