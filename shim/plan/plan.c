#include "shim/plan/plan.h"

#include <stdlib.h>
#include <string.h>

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
    struct refusal *refusal;
    char *legacy = NULL;

    if (plan->list.bad_count == 0 && plan->settings->fault[0] == '\0' && plan->config.has_host_ip) {
        return false;
    }

    refusal = refusal_new();
    if (plan->settings->fault[0] != '\0') {
        refusal_add(refusal, "%s", plan->settings->fault);
    }
    for (size_t i = 0; i < plan->list.rule_count; i++) {
        const struct rule *rule = &plan->list.rules[i].rule;
        char quoted[300];

        if (rule->kind == RULE_BAD) {
            refusal_add(refusal, "rule %s: %s", log_quote(rule->text, quoted, sizeof(quoted)),
                        rule->reason);
        }
    }
    if (!plan->config.has_host_ip) {
        if (allowlist_legacy_fault(&plan->list, &legacy) != 0) {
            refusal_fail(refusal);
        } else if (legacy != NULL) {
            refusal_add(refusal,
                        "boxlite 0.8.x cannot serve these rules, whatever its configuration says: "
                        "%s; move to boxlite 0.9.7 or newer",
                        legacy);
        }
        free(legacy);
    }
    if (refusal_count(refusal) == 0) {
        refusal_free(refusal);
        return false;
    }
    refuse(plan, refusal_take(refusal));
    return true;
}

void plan_read(const char *json, size_t length, const struct settings *settings,
               const struct log *log, struct plan *plan)
{
    const char *duplicate = NULL;

    memset(plan, 0, sizeof(*plan));
    plan->verdict = PLAN_UNCHANGED;
    plan->source = json;
    plan->source_length = length;
    plan->settings = settings;
    plan->log = log;

    switch (config_parse(json, length, &plan->config, &duplicate)) {
    case CONFIG_OK:
        break;
    case CONFIG_INVALID:
        return;
    case CONFIG_AMBIGUOUS: {
        struct refusal *refusal = refusal_new();

        plan->concerned = true;
        refusal_add(refusal,
                    "the configuration gives \"%s\" twice, and the bridge would merge the two; "
                    "give it once",
                    duplicate);
        refuse(plan, refusal_take(refusal));
        return;
    }
    case CONFIG_NOMEM:
        plan->concerned = true;
        refuse(plan, NULL);
        return;
    }
    /* In 0.8.x the configured zones stand behind the bridge's catch-all: they answer nothing. */
    if (allowlist_read(&plan->config, plan->config.has_host_ip, &plan->list) != 0) {
        plan->concerned = true;
        refuse(plan, NULL);
        return;
    }
    plan->concerned = plan->list.hostname_count + plan->list.bad_count > 0;
    if (plan->concerned) {
        refuse_rules(plan);
    }
}

/* One lookup for each host that no configured record answers. */
static int prepare_lookups(struct plan *plan)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->list.host_count; i++) {
        count += !plan->list.hosts[i].configured;
    }
    if (count == 0) {
        return 0;
    }
    plan->lookups = calloc(count, sizeof(*plan->lookups));
    if (plan->lookups == NULL) {
        return -1;
    }
    plan->lookup_count = count;
    count = 0;
    for (size_t i = 0; i < plan->list.host_count; i++) {
        if (!plan->list.hosts[i].configured) {
            plan->lookups[count++].name = plan->list.hosts[i].name;
        }
    }
    return 0;
}

/* Nothing is known to be there, as opposed to: nothing could be learned. */
static bool has_no_address(enum resolver_outcome outcome)
{
    return outcome == RESOLVER_NO_SUCH_HOST || outcome == RESOLVER_NO_ADDRESS ||
           outcome == RESOLVER_IPV6_ONLY;
}

/* A wildcard whose domain has no address may stand as a zone that denies, if the operator says so.
 */
static bool may_stay_unanswered(const struct plan *plan, const struct allow_host *host,
                                const struct resolver_host *lookup)
{
    return plan->settings->lenient_wildcards && !host->exact && has_no_address(lookup->outcome);
}

static const char wildcard_remedy[] =
    " (list the names below it, or set BOXLITE_ALLOWNET_WILDCARD=lenient)";

/* Brings the answers into the list. True if the plan is refused. */
static bool take_answers(struct plan *plan)
{
    struct refusal *refusal = refusal_new();
    size_t next = 0;

    for (size_t i = 0; i < plan->list.host_count; i++) {
        struct allow_host *host = &plan->list.hosts[i];
        const struct resolver_host *lookup;
        char text[512];

        if (host->configured) {
            if (host->unusable != NULL) {
                refusal_add(refusal,
                            "resolve \"%s\": its record in dns_zones holds %s, which is no IPv4 "
                            "address",
                            host->name, log_quote(host->unusable, text, sizeof(text)));
            }
            continue;
        }
        lookup = &plan->lookups[next++];
        if (lookup->outcome == RESOLVER_RESOLVED) {
            host->answered = true;
            host->address = lookup->addresses[0];
        } else if (may_stay_unanswered(plan, host, lookup)) {
            resolver_explain(&plan->settings->resolver, lookup, text, sizeof(text));
            log_line(plan->log, LOG_LEVEL_WARN,
                     "allowNet: wildcard \"*.%s\" answers NXDOMAIN: %s has %s", host->name,
                     host->name, text);
        } else {
            resolver_explain(&plan->settings->resolver, lookup, text, sizeof(text));
            refusal_add(refusal, "resolve \"%s\"%s: %s%s", host->name,
                        host->exact ? "" : " (the domain of a wildcard)", text,
                        !host->exact && has_no_address(lookup->outcome) ? wildcard_remedy : "");
        }
    }
    if (refusal_count(refusal) == 0) {
        refusal_free(refusal);
        return false;
    }
    refuse(plan, refusal_take(refusal));
    return true;
}

static int compare_pins(const void *left, const void *right)
{
    return strcmp(((const struct plan_pin *)left)->name, ((const struct plan_pin *)right)->name);
}

/* A configured name is none: the bridge's lookup also tells it to which addresses it may let a
   guest connect, and that of the host's own loopback is among those that are configured. */
static int make_pins(struct plan *plan)
{
    size_t next = 0;

    plan->pins = calloc(plan->list.host_count + 1, sizeof(*plan->pins));
    if (plan->pins == NULL) {
        return -1;
    }
    for (size_t i = 0; i < plan->list.host_count; i++) {
        const struct allow_host *host = &plan->list.hosts[i];
        const struct resolver_host *lookup;

        if (host->configured) {
            continue;
        }
        lookup = &plan->lookups[next++];
        if (host->answered) {
            plan->pins[plan->pin_count++] = (struct plan_pin){
                .name = host->name, .addresses = lookup->addresses, .count = lookup->address_count};
        }
    }
    qsort(plan->pins, plan->pin_count, sizeof(*plan->pins), compare_pins);
    return 0;
}

static int rewrite(struct plan *plan)
{
    struct zones zones = {0};
    char *text = NULL;
    size_t length = 0;
    int status = -1;

    if (zones_build(&plan->config, &plan->list, guest_search, &zones) != 0) {
        return -1;
    }
    text = zones_to_json(&zones, &length);
    if (text != NULL) {
        plan->json = config_splice(&plan->config, plan->source, plan->source_length, text, length,
                                   &plan->json_length);
    }
    if (plan->json != NULL) {
        plan->verdict = PLAN_REWRITTEN;
        log_line(plan->log, LOG_LEVEL_INFO,
                 "allowNet: zones %s allow_zones=%zu total_zones=%zu hosts=%zu",
                 plan->settings->mode == SETTINGS_OBSERVE ? "would be repaired" : "repaired",
                 zones.rule_zone_count, zones.count, plan->list.host_count);
        status = 0;
    }
    free(text);
    zones_clear(&zones);
    return status;
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

static void decide(struct plan *plan, plan_lookup_fn *lookup, void *context)
{
    const struct resolver_observer observer = {
        .context = plan, .retrying = report_retrying, .settled = report_settled};

    if (plan->verdict == PLAN_REFUSED) {
        return;
    }
    report_doubtful_rules(plan);
    if (prepare_lookups(plan) != 0) {
        refuse(plan, NULL);
        return;
    }
    if (plan->lookup_count == 0) {
        /* Every name is answered by a configured record. */
    } else if (lookup != NULL) {
        lookup(context, &plan->settings->resolver, plan->lookups, plan->lookup_count, &observer);
    } else {
        resolver_run(&plan->settings->resolver, plan->lookups, plan->lookup_count, &observer, NULL);
    }
    if (take_answers(plan)) {
        return;
    }
    /* No JSON can put zones before those of a 0.8.x bridge; its rules were found to be servable. */
    if (plan->config.has_host_ip && rewrite(plan) != 0) {
        refuse(plan, NULL);
        return;
    }
    if (make_pins(plan) != 0) {
        refuse(plan, NULL);
    }
}

void plan_decide(struct plan *plan, plan_lookup_fn *lookup, void *context)
{
    decide(plan, lookup, context);
    if (plan->settings->mode == SETTINGS_OBSERVE) {
        only_observe(plan);
    } else if (plan->verdict == PLAN_REFUSED) {
        log_line(plan->log, LOG_LEVEL_ERROR, "%s", plan->refusal);
    }
}

/* Not tolower(3): a host name is ASCII, whatever the locale of the process. */
static int lower(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

struct host_key {
    const char *name;
    size_t length; /* without the trailing dot */
};

static struct host_key host_key(const char *name)
{
    struct host_key key = {.name = name, .length = strlen(name)};

    if (key.length > 0 && name[key.length - 1] == '.') {
        key.length--;
    }
    return key;
}

/* With a name in lower case, as strcmp. */
static int compare_name(const struct host_key *key, const char *name)
{
    for (size_t i = 0; i < key->length; i++) {
        const int order = lower((unsigned char)key->name[i]) - (unsigned char)name[i];

        if (order != 0) {
            return order;
        }
    }
    return name[key->length] == '\0' ? 0 : -1;
}

static int compare_key(const void *key, const void *element)
{
    return compare_name(key, ((const struct plan_pin *)element)->name);
}

const struct plan_pin *plan_find_pin(const struct plan *plan, const char *name)
{
    const struct host_key key = host_key(name);

    if (key.length == 0 || plan->pin_count == 0) {
        return NULL;
    }
    return bsearch(&key, plan->pins, plan->pin_count, sizeof(*plan->pins), compare_key);
}

bool plan_names_host(const struct plan *plan, const char *name)
{
    const struct host_key key = host_key(name);

    for (size_t i = 0; i < plan->list.host_count; i++) {
        if (compare_name(&key, plan->list.hosts[i].name) == 0) {
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
    if (plan->lookups != NULL) {
        resolver_hosts_clear(plan->lookups, plan->lookup_count);
    }
    free(plan->lookups);
    allowlist_clear(&plan->list);
    config_clear(&plan->config);
    memset(plan, 0, sizeof(*plan));
}
