/*
 * The configuration of a bridge through the whole decision, answers handed in: nothing of it is
 * changed but the zones, and the zones then tell each rule's host what it was resolved to.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "shim/plan/plan.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plan_lookup.h"
#include "tests/support/decide.h"
#include "zones/matcher.h"

static void drop_line(void *context, enum log_level level, const char *line)
{
    (void)context;
    (void)level;
    fuzz_require(strchr(line, '\n') == NULL);
}

static const struct log quiet = {.threshold = LOG_LEVEL_TRACE, .sink = drop_line};

/* ---- the text ------------------------------------------------------------------------------ */

static void check_entries(const struct config *before, const struct config *after)
{
    fuzz_require(before->allow_net_count == after->allow_net_count);
    for (size_t i = 0; i < before->allow_net_count; i++) {
        const struct config_entry *left = &before->allow_net[i];
        const struct config_entry *right = &after->allow_net[i];

        fuzz_require(left->length == right->length &&
                     memcmp(left->text, right->text, left->length) == 0);
    }
}

/* Longer names first, equal lengths bytewise, each once, the root last and closed. */
static void check_order(const struct config *config)
{
    const struct zone *last = &config->zones[config->zone_count - 1];

    fuzz_require(config->zone_count > 0);
    for (size_t i = 0; i + 1 < config->zone_count; i++) {
        const char *left = config->zones[i].name;
        const char *right = config->zones[i + 1].name;

        fuzz_require(strlen(left) > strlen(right) ||
                     (strlen(left) == strlen(right) && strcmp(left, right) < 0));
    }
    fuzz_require(last->name[0] == '\0' && strcmp(last->default_ip, "0.0.0.0") == 0);
}

/* Every byte before and behind the value of dns_zones, found anew in the text that came out. */
static void check_splice(const struct plan *plan, const struct config *after)
{
    const struct config *before = &plan->config;
    const size_t head = before->cut_begin;
    const size_t tail = plan->source_length - before->cut_end;

    fuzz_require(!after->needs_key && before->configured_first == after->configured_first);
    fuzz_require(memcmp(plan->json, plan->source, head) == 0);
    fuzz_require(plan->json_length - after->cut_end >= tail);
    fuzz_require(
        memcmp(plan->json + plan->json_length - tail, plan->source + before->cut_end, tail) == 0);
    if (before->needs_key) {
        static const char key[] = "\"dns_zones\":";

        fuzz_require(after->cut_begin == head + strlen(key));
        fuzz_require(memcmp(plan->json + head, key, strlen(key)) == 0);
        fuzz_require(plan->json_length - after->cut_end - tail <= 1); /* the comma */
    } else {
        fuzz_require(after->cut_begin == head && plan->json_length - after->cut_end == tail);
    }
}

/* ---- what it means ------------------------------------------------------------------------- */

static void check_answer(const struct config *after, const char *question,
                         const struct allow_host *host)
{
    struct matcher_answer answer;

    matcher_ask(after->zones, after->zone_count, question, &answer);
    fuzz_require(answer.told == MATCHER_ADDRESS || answer.told == MATCHER_SINKHOLE);
    fuzz_require(answer.address.s_addr == host->address.s_addr);
}

static void check_answers(const struct plan *plan, const struct config *after)
{
    for (size_t i = 0; i < plan->list.rule_count; i++) {
        const struct allow_rule *rule = &plan->list.rules[i];

        if (rule->rule.kind != RULE_EXACT) {
            continue;
        }
        check_answer(after, rule->rule.name, &plan->list.hosts[rule->host]);
        if (rule->rule.spelling != NULL) {
            check_answer(after, rule->rule.spelling, &plan->list.hosts[rule->host]);
        }
    }
}

/* ---- the verdict --------------------------------------------------------------------------- */

static void check_pins(const struct plan *plan)
{
    for (size_t i = 0; i < plan->pin_count; i++) {
        const struct plan_pin *pin = &plan->pins[i];
        char name[256];
        size_t length = 0;

        fuzz_require(pin->count > 0);
        fuzz_require(i == 0 || strcmp(plan->pins[i - 1].name, pin->name) < 0);
        for (; pin->name[length] != '\0'; length++) {
            name[length] = (char)toupper((unsigned char)pin->name[length]);
        }
        name[length] = '.';
        name[length + 1] = '\0';
        fuzz_require(plan_find_pin(plan, name) == pin);
    }
}

static void check_rewritten(const struct plan *plan)
{
    const char *duplicate = NULL;
    struct config after;

    fuzz_require(plan->json != NULL && plan->refusal == NULL);
    fuzz_require(strlen(plan->json) == plan->json_length);
    fuzz_require(config_parse(plan->json, plan->json_length, &after, &duplicate) == CONFIG_OK);
    check_splice(plan, &after);
    check_entries(&plan->config, &after);
    check_order(&after);
    check_answers(plan, &after);
    config_clear(&after);
}

/* What is repaired stays as it is, should it be repaired once more. */
static void check_again(const struct plan *plan)
{
    struct answers answers;
    struct plan again;

    plan_read(plan->json, plan->json_length, plan->settings, &quiet, &again);
    fuzz_require(again.in_scope);
    decide_with(&again, plan_lookup, &answers);
    fuzz_require(again.verdict == PLAN_REWRITTEN);
    fuzz_require(strcmp(again.json, plan->json) == 0);
    plan_clear(&again);
    answers_clear(&answers);
}

static void check_refused(const struct plan *plan)
{
    fuzz_require(plan->json == NULL && plan->pin_count == 0);
    fuzz_require(plan->refusal != NULL && strncmp(plan->refusal, "allowNet: ", 10) == 0);
    for (const char *byte = plan->refusal; *byte != '\0'; byte++) {
        fuzz_require((unsigned char)*byte >= ' ' && *byte != 0x7f);
    }
}

static void check(const uint8_t *bytes, size_t size, const struct settings *settings)
{
    struct answers answers = {0};
    struct plan plan;

    plan_read((const char *)bytes, size, settings, &quiet, &plan);
    if (plan.in_scope) {
        decide_with(&plan, plan_lookup, &answers);
    }
    switch (plan.verdict) {
    case PLAN_UNCHANGED:
        fuzz_require(!plan.in_scope || settings->mode == SETTINGS_OBSERVE ||
                     !plan.config.configured_first);
        fuzz_require(plan.json == NULL || settings->mode == SETTINGS_OBSERVE);
        break;
    case PLAN_REWRITTEN:
        fuzz_require(plan.in_scope && settings->mode == SETTINGS_ON);
        check_rewritten(&plan);
        check_again(&plan);
        break;
    case PLAN_REFUSED:
        fuzz_require(plan.in_scope && settings->mode == SETTINGS_ON);
        check_refused(&plan);
        break;
    }
    fuzz_require(plan.in_scope || plan.pin_count == 0);
    fuzz_require(settings->fault[0] == '\0' || !plan.in_scope || plan.verdict == PLAN_REFUSED);
    check_pins(&plan);
    plan_clear(&plan);
    answers_clear(&answers);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char *const variables[][2] = {
        {NULL},
        {(char *)"BOXLITE_ALLOWNET_WILDCARD=lenient"},
        {(char *)"BOXLITE_ALLOWNET=observe"},
        {(char *)"BOXLITE_ALLOWNET_WINDOW=0"},
    };
    static struct settings settings;

    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        settings_read(variables[i], &settings);
        check(bytes, size, &settings);
    }
    return 0;
}
