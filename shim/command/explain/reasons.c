/*
 * The sentences of a report: what a rule's host resolves to, what is odd about a rule, and why a
 * guest is told what it is told.
 */
#include <arpa/inet.h>
#include <string.h>

#include "shim/command/explain/report.h"
#include "zones/address.h"
#include "zones/hostname.h"

void report_add_name(struct text *out, const char *name)
{
    text_add_printable(out, name, strlen(name), HOSTNAME_MAX + 1);
}

static bool is_host_rule(const struct rule *rule)
{
    return rule->kind == RULE_EXACT || rule->kind == RULE_WILDCARD;
}

static void add_addresses(const struct in_addr *addresses, size_t count, struct text *out)
{
    for (size_t i = 0; i < count; i++) {
        char buffer[INET_ADDRSTRLEN];

        text_format(out, "%s%s", i > 0 ? ", " : "",
                    inet_ntop(AF_INET, &addresses[i], buffer, sizeof(buffer)));
    }
}

void report_answer(const struct report *report, const struct allow_rule *rule, struct text *out)
{
    const struct allow_host *host;
    const struct resolver_host *answer;
    char buffer[512];

    if (!is_host_rule(&rule->rule)) {
        return;
    }
    host = &report->plan->list.hosts[rule->host];
    answer = answers_find(report->answers, host->name);
    if (host->configured && host->unusable != NULL) {
        text_add_string(out, "its record in dns_zones holds no IPv4 address");
    } else if (host->configured) {
        add_addresses(&host->address, 1, out);
    } else if (answer == &report->answers->missing) {
        text_add_string(out, "does not exist, going by the answers given");
    } else if (answer->outcome == RESOLVER_RESOLVED) {
        add_addresses(answer->addresses, answer->address_count, out);
    } else {
        resolver_explain(&report->settings->resolver, answer, buffer, sizeof(buffer));
        text_add_string(out, buffer);
    }
}

bool report_answered(const struct report *report, const struct allow_rule *rule)
{
    const struct allow_host *host;
    const struct resolver_host *answer;

    if (!is_host_rule(&rule->rule)) {
        return false;
    }
    host = &report->plan->list.hosts[rule->host];
    answer = answers_find(report->answers, host->name);
    return host->configured ? host->unusable == NULL : answer->outcome == RESOLVER_RESOLVED;
}

/* The rule before `rule` that says the same, or VIEW_NONE. */
static size_t same_before(const struct allowlist *list, size_t rule)
{
    for (size_t i = 0; i < rule; i++) {
        if (list->rules[i].rule.kind == list->rules[rule].rule.kind &&
            list->rules[i].host == list->rules[rule].host) {
            return i;
        }
    }
    return VIEW_NONE;
}

static void note_answer(const struct report *report, const struct allow_rule *rule,
                        report_note_fn *add, void *context)
{
    const struct allow_host *host = &report->plan->list.hosts[rule->host];
    const struct resolver_host *answer = answers_find(report->answers, host->name);

    if (host->configured) {
        add(context, "a record in dns_zones answers it; it is not looked up");
        return;
    }
    if (answer->outcome != RESOLVER_RESOLVED) {
        return;
    }
    if (answer->address_count > 1) {
        add(context, "the guest is told the first address only");
    }
    if (answer->attempts > 1) {
        struct text note = {0};

        text_format(&note,
                    "answered at attempt %u; the bridge asks once, and would have left it out",
                    answer->attempts);
        if (!note.failed) {
            add(context, note.bytes);
        }
        text_clear(&note);
    }
}

void report_notes(const struct report *report, size_t rule, report_note_fn *add, void *context)
{
    const struct allow_rule *entry = &report->plan->list.rules[rule];
    const struct rule *is = &entry->rule;

    if (is->kind == RULE_ADDRESS && !address_is_literal(is->text, strlen(is->text)) &&
        !address_is_network(is->text, strlen(is->text))) {
        add(context, "with a port the bridge takes it for a host name: it opens no connection; "
                     "write the address alone");
    }
    if (!is_host_rule(is)) {
        return;
    }
    if (strchr(is->text, ':') != NULL) {
        add(context, "the port is ignored: rules that name a host open ports 80 and 443");
    }
    if (is->trailing_dot) {
        add(context, "ends in a dot: boxlite's TCP filter will not match it; write it without");
    }
    if (is->spelling != NULL) {
        add(context, "upper case: without the repair only a question spelt alike is answered");
    }
    if (is->kind == RULE_EXACT && strchr(is->name, '.') == NULL) {
        add(context, "a single label: without the repair it always gets 0.0.0.0");
    }
    if (same_before(&report->plan->list, rule) != VIEW_NONE) {
        add(context, "says the same as a rule before it");
    }
    if (is->kind == RULE_WILDCARD && config_has_zone(&report->plan->config, is->name)) {
        add(context, "has no effect: dns_zones configures its zone, whose own default stays");
    }
    note_answer(report, entry, add, context);
}

/* The name of a zone or record, which may be anything that stands in a configuration. */
static void add_name(struct text *out, const char *before, const char *name)
{
    text_add_string(out, before);
    report_add_name(out, name);
}

/* "com." and where it is from. */
static void add_zone(const struct report *report, const struct view_zone *zone, struct text *out)
{
    if (zone->zone.name[0] == '\0') {
        text_add_string(out, "the root zone");
    } else {
        add_name(out, "zone ", zone->zone.name);
    }
    if (zone->origin == VIEW_CONFIGURED) {
        text_add_string(out, " (configured)");
    } else if (zone->rule != VIEW_NONE) {
        text_format(out, " (of %s)", report->plan->list.rules[zone->rule].rule.text);
    }
}

/* Says why the rule that names `name` has no record for it. False where no rule names it. */
static bool add_lack(const struct report *report, const char *name, struct text *out)
{
    const struct allowlist *list = &report->plan->list;

    for (size_t i = 0; i < list->rule_count; i++) {
        const struct rule *rule = &list->rules[i].rule;
        const char *written = rule->spelling != NULL ? rule->spelling : rule->name;

        if (rule->kind != RULE_EXACT || strcasecmp(rule->name, name) != 0) {
            continue;
        }
        if (!report_answered(report, &list->rules[i])) {
            text_add_string(out, "the lookup failed, and the bridge went on without the host");
        } else if (strchr(name, '.') == NULL) {
            text_format(out, "the bridge makes zone %s. of it, which answers only below %s",
                        written, written);
        } else if (rule->trailing_dot) {
            text_add_string(out, "the bridge keeps the dot, and no question has two");
        } else if (strcmp(written, name) != 0) {
            text_format(out, "the record is spelt %s, and case counts", written);
        } else {
            text_add_string(out, "the one lookup failed, and the bridge went on without the host");
        }
        return true;
    }
    return false;
}

static void add_record(const struct report *report, const struct view_zone *zone,
                       const struct zone_record *record, struct text *out)
{
    if (record->name == NULL) {
        text_format(out, "the bridge gives %s a record without an address",
                    report->plan->list.rules[zone->wildcard].rule.text);
        return;
    }
    add_name(out, "record ", record->name);
    add_name(out, zone->zone.name[0] == '\0' ? " of the root zone" : " of zone ", zone->zone.name);
}

/* Why `question` is answered so. */
static void add_why(const struct report *report, const struct view *view, const char *question,
                    const struct matcher_answer *answer, struct text *out)
{
    const size_t hidden = report_hidden(view, question, answer);
    const struct view_zone *zone;

    if (answer->zone == VIEW_NONE) {
        text_add_string(out, "no zone fits, so the host's resolver is asked");
        return;
    }
    zone = &view->zones[answer->zone];
    if (hidden != VIEW_NONE) {
        add_zone(report, zone, out);
        add_name(out,
                 answer->record != MATCHER_NONE
                     ? ", with a record without an address, comes first and hides "
                     : " comes first and hides ",
                 view->zones[hidden].zone.name);
        text_add_string(out, ", which has the record");
        return;
    }
    if (answer->record != MATCHER_NONE) {
        add_record(report, zone, &zone->zone.records[answer->record], out);
        return;
    }
    if (answer->told == MATCHER_ADDRESS) {
        text_add_string(out, "not listed; the default of ");
        add_zone(report, zone, out);
        return;
    }
    if (view == &report->without && add_lack(report, question, out)) {
        return;
    }
    text_add_string(out, zone->zone.name[0] == '\0' ? "no rule covers it" : "not listed in ");
    if (zone->zone.name[0] != '\0') {
        add_zone(report, zone, out);
    }
}

void report_why(const struct report *report, const struct view *view, const char *name,
                const struct view_outcomes *outcomes, size_t outcome, struct text *out)
{
    if (strcmp(outcomes->question, name) != 0) {
        text_add_string(out, "looked up as ");
        text_add_string(out, outcomes->question);
        text_add_string(out,
                        strchr(name, '.') == NULL ? " first: " : ", as there is no such name: ");
    }
    add_why(report, view, outcomes->question, &outcomes->list[outcome], out);
    if (view == &report->without && strcmp(outcomes->question, name) != 0) {
        struct text lack = {0};

        if (add_lack(report, name, &lack) && !lack.failed) {
            text_format(out, "; and %s", lack.bytes);
        }
        out->failed = out->failed || lack.failed;
        text_clear(&lack);
    }
}
