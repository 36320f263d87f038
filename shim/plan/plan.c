/*
 * The decision. Everything that it needs is handed in, so it is the same for whoever asks.
 */
#include "shim/plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/ascii.h"
#include "shim/boxlite/guest.h"
#include "shim/plan/plan_report.h"
#include "shim/plan/refusal.h"
#include "zones/zones.h"

static const char out_of_memory[] = "allowNet: out of memory";

static void refuse(struct plan *plan, char *text)
{
    plan->verdict = PLAN_REFUSED;
    free(plan->refusal_text);
    plan->refusal_text = text;
    plan->refusal = text != NULL ? text : out_of_memory;
}

/* What the text alone shows to be wrong. True if the plan is refused. */
static bool refuse_rules(struct plan *plan)
{
    struct refusal refusal = {0};
    char *legacy = NULL;

    if (plan->list.bad_count == 0 && plan->settings->fault[0] == '\0' &&
        plan->config.configured_first) {
        return false;
    }

    if (plan->settings->fault[0] != '\0') {
        refusal_add(&refusal, "%s", plan->settings->fault);
    }
    for (size_t i = 0; i < plan->list.rule_count; i++) {
        const struct rule *rule = &plan->list.rules[i].rule;

        if (rule->kind == RULE_BAD) { /* both are printable already */
            refusal_add(&refusal, "rule \"%s\": %s", rule->text, rule->reason);
        }
    }
    if (!plan->config.configured_first) {
        if (allowlist_legacy_fault(&plan->list, &legacy) != 0) {
            refusal.text.failed = true;
        } else if (legacy != NULL) {
            refusal_add(&refusal,
                        "boxlite 0.8.x cannot serve these rules, whatever its configuration says: "
                        "%s; move to boxlite 0.9.7 or newer",
                        legacy);
        }
        free(legacy);
    }
    if (refusal_count(&refusal) == 0) {
        return false;
    }
    refuse(plan, refusal_take(&refusal));
    return true;
}

static void begin(struct plan *plan, const struct settings *settings, const struct log *log)
{
    *plan = (struct plan){.settings = settings, .log = log};
}

void plan_read_config(struct config *config, const char *duplicate, const struct settings *settings,
                      const struct log *log, struct plan *plan)
{
    begin(plan, settings, log);
    plan->config = *config;
    *config = (struct config){0};
    if (duplicate != NULL) {
        struct refusal refusal = {0};

        plan->in_scope = true;
        refusal_add(&refusal,
                    "the configuration gives \"%s\" twice, and the bridge would merge the two; "
                    "give it once",
                    duplicate);
        refuse(plan, refusal_take(&refusal));
        return;
    }
    /* In 0.8.x the configured zones stand behind the bridge's catch-all: they answer nothing. */
    if (allowlist_read(&plan->config, plan->config.configured_first, &plan->list) != 0) {
        plan->in_scope = true;
        refuse(plan, NULL);
        return;
    }
    plan->in_scope = plan->list.hostname_count + plan->list.bad_count > 0;
    if (plan->in_scope) {
        refuse_rules(plan);
    }
}

void plan_read(const char *json, size_t length, const struct settings *settings,
               const struct log *log, struct plan *plan)
{
    struct config config;
    const char *duplicate = NULL;

    begin(plan, settings, log);
    switch (config_parse(json, length, &config, &duplicate)) {
    case CONFIG_INVALID:
        return;
    case CONFIG_NOMEM:
        plan->in_scope = true;
        refuse(plan, NULL);
        return;
    case CONFIG_OK:
    case CONFIG_AMBIGUOUS:
        break;
    }
    plan_read_config(&config, duplicate, settings, log, plan);
    plan->source = json;
    plan->source_length = length;
}

static struct plan_report report_of(const struct plan *plan)
{
    return (struct plan_report){.log = plan->log, .settings = plan->settings};
}

void plan_resolve(const struct plan *plan, struct answers *out)
{
    const struct plan_report report = report_of(plan);
    const struct resolver_observer observer = report_observer(&report);

    *out = (struct answers){0};
    if (plan->verdict != PLAN_REFUSED) {
        answers_resolve(&plan->list, &plan->settings->resolver, &observer, out);
    }
}

/* Nothing is known to be there, as opposed to: nothing could be learned. */
static bool has_no_address(enum resolver_outcome outcome)
{
    return outcome == RESOLVER_NO_SUCH_HOST || outcome == RESOLVER_NO_ADDRESS ||
           outcome == RESOLVER_IPV6_ONLY;
}

/* A wildcard whose domain has no address may stand as a zone that denies, if the operator says so.
 */
bool plan_is_fatal(const struct plan *plan, const struct allow_host *host,
                   const struct resolver_host *answer)
{
    return answer->outcome != RESOLVER_RESOLVED &&
           (host->exact || plan->settings->wildcards != SETTINGS_WILDCARD_LENIENT ||
            !has_no_address(answer->outcome));
}

static const char wildcard_remedy[] =
    " (list the names below it, or set BOXLITE_ALLOWNET_WILDCARD=lenient)";

/* What a configured record says. */
static void check_record(struct refusal *refusal, const struct allow_host *host)
{
    char text[512];

    if (host->unusable != NULL) {
        refusal_add(refusal,
                    "resolve \"%s\": its record in dns_zones holds %s, which is no IPv4 address",
                    host->name, log_quote(host->unusable, text, sizeof(text)));
    }
}

static void apply_answer(const struct plan *plan, struct refusal *refusal, struct allow_host *host,
                         const struct resolver_host *answer)
{
    char text[512];

    if (answer->outcome == RESOLVER_RESOLVED) {
        host->answered = true;
        host->address = answer->addresses[0];
        return;
    }
    resolver_explain(&plan->settings->resolver, answer, text, sizeof(text));
    if (plan_is_fatal(plan, host, answer)) {
        refusal_add(refusal, "resolve \"%s\"%s: %s%s", host->name,
                    host->exact ? "" : " (the domain of a wildcard)", text,
                    !host->exact && has_no_address(answer->outcome) ? wildcard_remedy : "");
    } else {
        log_line(plan->log, LOG_LEVEL_WARN,
                 "allowNet: wildcard \"*.%s\" answers NXDOMAIN: %s has %s", host->name, host->name,
                 text);
    }
}

/* Brings the answers into the list. True if the plan is refused. */
static bool apply_answers(struct plan *plan, const struct answers *answers)
{
    const struct plan_report report = report_of(plan);
    struct refusal refusal = {0};

    for (size_t i = 0; i < plan->list.host_count; i++) {
        struct allow_host *host = &plan->list.hosts[i];
        const struct resolver_host *const answer = answers_find(answers, host->name);

        if (host->configured) {
            check_record(&refusal, host);
            continue;
        }
        if (answer == &answers->missing) {
            report_missing(&report, host->name, answer);
        }
        apply_answer(plan, &refusal, host, answer);
    }
    if (refusal_count(&refusal) == 0) {
        return false;
    }
    refuse(plan, refusal_take(&refusal));
    return true;
}

static int compare_pins(const void *left, const void *right)
{
    return strcmp(((const struct plan_pin *)left)->name, ((const struct plan_pin *)right)->name);
}

/* A configured name is none: the bridge's lookup also tells it to which addresses it may let a
   guest connect, and that of the host's own loopback is among those that are configured. */
static int make_pins(struct plan *plan, const struct answers *answers)
{
    plan->pins = calloc(plan->list.host_count + 1, sizeof(*plan->pins));
    if (plan->pins == NULL) {
        return -1;
    }
    for (size_t i = 0; i < plan->list.host_count; i++) {
        const struct allow_host *host = &plan->list.hosts[i];

        if (!host->configured && host->answered) {
            const struct resolver_host *answer = answers_find(answers, host->name);

            plan->pins[plan->pin_count++] = (struct plan_pin){
                .name = host->name, .addresses = answer->addresses, .count = answer->address_count};
        }
    }
    qsort(plan->pins, plan->pin_count, sizeof(*plan->pins), compare_pins);
    return 0;
}

/* The JSON with our zones in it. */
static int splice(struct plan *plan)
{
    size_t length = 0;
    char *text = zones_to_json(&plan->zones, &length);

    if (text != NULL) {
        plan->json = config_splice(&plan->config, plan->source, plan->source_length, text, length,
                                   &plan->json_length);
    }
    free(text);
    return plan->json != NULL ? 0 : -1;
}

static int rewrite(struct plan *plan)
{
    if (zones_build(&plan->config, &plan->list, guest_search, &plan->zones) != 0 ||
        (plan->source != NULL && splice(plan) != 0)) {
        return -1;
    }
    plan->verdict = PLAN_REWRITTEN;
    log_line(plan->log, LOG_LEVEL_INFO,
             "allowNet: zones %s allow_zones=%zu total_zones=%zu hosts=%zu",
             plan->settings->mode == SETTINGS_OBSERVE ? "would be repaired" : "repaired",
             plan->zones.rule_zone_count, plan->zones.count, plan->list.host_count);
    return 0;
}

/* Observing: what would have been done is logged, and nothing is done. */
static void only_observe(struct plan *plan)
{
    if (plan->verdict == PLAN_REFUSED) {
        log_line(plan->log, LOG_LEVEL_WARN, "allowNet: observe: the create would be refused: %s",
                 plan->refusal);
    }
    plan->verdict = PLAN_UNCHANGED;
    plan->pin_count = 0;
}

static void decide(struct plan *plan, const struct answers *answers)
{
    const struct plan_report report = report_of(plan);

    if (plan->verdict == PLAN_REFUSED) {
        return;
    }
    report_doubtful_rules(&report, &plan->config, &plan->list);
    if (answers->failed) {
        refuse(plan, NULL);
        return;
    }
    if (apply_answers(plan, answers)) {
        return;
    }
    /* No JSON can put zones before those of a 0.8.x bridge; its rules were found to be servable. */
    if ((plan->config.configured_first && rewrite(plan) != 0) || make_pins(plan, answers) != 0) {
        refuse(plan, NULL);
    }
}

void plan_decide(struct plan *plan, const struct answers *answers)
{
    decide(plan, answers);
    if (plan->settings->mode == SETTINGS_OBSERVE) {
        only_observe(plan);
    } else if (plan->verdict == PLAN_REFUSED) {
        log_line(plan->log, LOG_LEVEL_ERROR, "%s", plan->refusal);
    }
}

static int compare_key(const void *key, const void *element)
{
    return ascii_compare_host(key, ((const struct plan_pin *)element)->name);
}

const struct plan_pin *plan_find_pin(const struct plan *plan, const char *name)
{
    return plan->pin_count == 0
               ? NULL
               : bsearch(name, plan->pins, plan->pin_count, sizeof(*plan->pins), compare_key);
}

bool plan_names_host(const struct plan *plan, const char *name)
{
    const size_t length = strlen(name);
    const bool dot = length > 0 && name[length - 1] == '.';

    for (size_t i = 0; i < plan->list.rule_count; i++) {
        const struct rule *rule = &plan->list.rules[i].rule;

        if ((rule->kind == RULE_EXACT || rule->kind == RULE_WILDCARD) &&
            rule->trailing_dot == dot && ascii_compare_host(name, rule->name) == 0) {
            return true;
        }
    }
    return false;
}

void plan_clear(struct plan *plan)
{
    if (plan->json != NULL) {
        explicit_bzero(plan->json, plan->json_length);
    }
    free(plan->json);
    free(plan->pins);
    free(plan->refusal_text);
    zones_clear(&plan->zones);
    allowlist_clear(&plan->list);
    config_clear(&plan->config);
    memset(plan, 0, sizeof(*plan));
}
