/*
 * The report as JSON; docs/schema/explain.json says what is in it.
 */
#include "shim/command/explain/report.h"
#include "shim/command/output/json.h"

static const char *const kinds[] = {
    [DOCUMENT_CONFIG] = "config", [DOCUMENT_SPEC] = "spec", [DOCUMENT_RULES] = "list"};
static const char *const rule_kinds[] = {[RULE_EMPTY] = "empty",
                                         [RULE_ADDRESS] = "address",
                                         [RULE_EXACT] = "host",
                                         [RULE_WILDCARD] = "wildcard",
                                         [RULE_BAD] = "bad"};
static const char *const origins[] = {[VIEW_CONFIGURED] = "configured",
                                      [VIEW_RULE] = "rule",
                                      [VIEW_CATCH_ALL] = "catch-all",
                                      [VIEW_REPAIR] = "repair"};
static const char *const verdicts[] = {
    [PLAN_UNCHANGED] = "unchanged", [PLAN_REWRITTEN] = "rewritten", [PLAN_REFUSED] = "refused"};
static const char *const tolds[] = {[MATCHER_ADDRESS] = "address",
                                    [MATCHER_SINKHOLE] = "sinkhole",
                                    [MATCHER_NO_ADDRESS] = "no-address",
                                    [MATCHER_NXDOMAIN] = "nxdomain",
                                    [MATCHER_UPSTREAM] = "upstream"};

struct notes {
    json_t *list;
    bool *failed;
};

static void add_note(void *context, const char *note)
{
    const struct notes *notes = context;

    output_add(notes->list, output_text(note), notes->failed);
}

/* Takes the text. */
static json_t *from_text(struct text *text)
{
    json_t *value = text->failed ? NULL : output_text(text->bytes);

    text_clear(text);
    return value;
}

static json_t *make_addresses(const struct report *report, const struct allow_rule *rule,
                              bool *failed)
{
    const struct allow_host *host = &report->plan->list.hosts[rule->host];
    const struct resolver_host *answer = answers_find(report->answers, host->name);
    json_t *list = json_array();

    if (host->configured) {
        output_add(list, output_address(&host->address), failed);
    }
    for (size_t i = 0; !host->configured && i < answer->address_count; i++) {
        output_add(list, output_address(&answer->addresses[i]), failed);
    }
    return list;
}

static json_t *make_rule(const struct report *report, size_t index, bool *failed)
{
    const struct allow_rule *entry = &report->plan->list.rules[index];
    const struct rule *rule = &entry->rule;
    json_t *object = json_object();
    const struct notes notes = {.list = json_array(), .failed = failed};

    output_put(object, "rule", output_text(rule->text), failed);
    output_put(object, "kind", output_text(rule_kinds[rule->kind]), failed);
    output_put(object, "host", output_text(rule->name), failed);
    output_put(object, "problem", output_text(rule->reason), failed);
    report_notes(report, index, add_note, (void *)&notes);
    output_put(object, "notes", notes.list, failed);
    if (rule->kind == RULE_EXACT || rule->kind == RULE_WILDCARD) {
        const bool answered = report_answered(report, entry);
        struct text why = {0};

        if (!answered) {
            report_answer(report, entry, &why);
        }
        output_put(object, "addresses",
                   answered ? make_addresses(report, entry, failed) : json_array(), failed);
        output_put(object, "failure", from_text(&why), failed);
    }
    return object;
}

/* What is handed out for that text; null if it is nothing. */
static json_t *address_of(const char *text)
{
    struct in_addr address;

    return matcher_address(text, &address) ? output_address(&address) : json_null();
}

static json_t *make_zone(const struct report *report, const struct view *view, size_t index,
                         bool *failed)
{
    const struct view_zone *from = &view->zones[index];
    const struct zone *zone = &from->zone;
    json_t *object = json_object();
    json_t *records = json_array();

    output_put(object, "name", output_text(zone->name), failed);
    output_put(object, "origin", output_text(origins[from->origin]), failed);
    output_put(object, "rule",
               output_text(
                   from->rule == VIEW_NONE ? NULL : report->plan->list.rules[from->rule].rule.text),
               failed);
    output_put(object, "random_order",
               json_boolean(index >= view->random && index - view->random < view->random_count),
               failed);
    for (size_t i = 0; i < zone->record_count; i++) {
        json_t *entry = json_object();

        output_put(entry, "name", output_text(zone->records[i].name), failed);
        output_put(entry, "address", address_of(zone->records[i].ip), failed);
        output_add(records, entry, failed);
    }
    output_put(object, "records", records, failed);
    output_put(object, "default", address_of(zone->default_ip), failed);
    return object;
}

static json_t *make_zones(const struct report *report, const struct view *view, bool *failed)
{
    json_t *list = json_array();

    for (size_t i = 0; i < view->count; i++) {
        output_add(list, make_zone(report, view, i, failed), failed);
    }
    return list;
}

static json_t *make_outcome(const struct report *report, const struct view *view, const char *name,
                            const struct view_outcomes *outcomes, size_t index, bool *failed)
{
    const struct matcher_answer *answer = &outcomes->list[index];
    const size_t hidden = report_hidden(view, outcomes->question, answer);
    json_t *object = json_object();
    struct text why = {0};

    output_put(object, "told", output_text(tolds[answer->told]), failed);
    output_put(object, "address",
               answer->told == MATCHER_ADDRESS || answer->told == MATCHER_SINKHOLE
                   ? output_address(&answer->address)
                   : json_null(),
               failed);
    output_put(object, "asked", output_text(outcomes->question), failed);
    output_put(object, "zone",
               output_text(answer->zone == VIEW_NONE ? NULL : view->zones[answer->zone].zone.name),
               failed);
    output_put(object, "hides",
               output_text(hidden == VIEW_NONE ? NULL : view->zones[hidden].zone.name), failed);
    report_why(report, view, name, outcomes, index, &why);
    output_put(object, "why", from_text(&why), failed);
    return object;
}

static json_t *make_outcomes(const struct report *report, const struct view *view, const char *name,
                             const struct view_outcomes *outcomes, bool *failed)
{
    json_t *list = json_array();

    for (size_t i = 0; i < outcomes->count; i++) {
        output_add(list, make_outcome(report, view, name, outcomes, i, failed), failed);
    }
    return list;
}

static json_t *make_query(const struct report *report, const struct report_query *query,
                          bool *failed)
{
    json_t *object = json_object();

    output_put(object, "name", output_text(query->name), failed);
    output_put(object, "depends_on_order", json_boolean(!view_settled(&query->without)), failed);
    output_put(object, "without_repair",
               make_outcomes(report, &report->without, query->name, &query->without, failed),
               failed);
    output_put(object, "with_repair",
               query->with.count > 0
                   ? make_outcomes(report, &report->with, query->name, &query->with, failed)
                   : json_null(),
               failed);
    return object;
}

int report_write_json(const struct report *report)
{
    const bool refused = report->plan->verdict == PLAN_REFUSED;
    json_t *root = json_object();
    json_t *rules = json_array();
    json_t *zones = json_object();
    json_t *queries = json_array();
    json_t *repair = json_object();
    bool failed = false;

    output_put(root, "taken_for", output_text(kinds[report->kind]), &failed);
    output_put(root, "configured_zones_first", json_boolean(report->plan->config.configured_first),
               &failed);
    for (size_t i = 0; i < report->plan->list.rule_count; i++) {
        output_add(rules, make_rule(report, i, &failed), &failed);
    }
    output_put(root, "rules", rules, &failed);
    output_put(zones, "without_repair", make_zones(report, &report->without, &failed), &failed);
    output_put(zones, "with_repair",
               refused ? json_null() : make_zones(report, &report->with, &failed), &failed);
    output_put(root, "zones", zones, &failed);
    output_put(repair, "verdict", output_text(verdicts[report->plan->verdict]), &failed);
    output_put(repair, "refusal", output_text(refused ? report->plan->refusal : NULL), &failed);
    output_put(root, "repair", repair, &failed);
    for (size_t i = 0; i < report->query_count; i++) {
        output_add(queries, make_query(report, &report->queries[i], &failed), &failed);
    }
    output_put(root, "queries", queries, &failed);
    return output_finish("explain", root, failed);
}
