/* Makes the report: both views of the zones, and the questions that are put to them. */
#include "shim/command/explain/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/command/explain/bridge.h"

static bool equal_names(const char *left, const char *right)
{
    return strcasecmp(left, right) == 0;
}

/* Whether some rule is about `name`. */
static bool is_covered(const struct allowlist *list, const char *name)
{
    for (size_t i = 0; i < list->rule_count; i++) {
        const struct rule *rule = &list->rules[i].rule;
        const size_t length = strlen(name);
        size_t domain;

        if (rule->kind == RULE_EXACT && equal_names(rule->name, name)) {
            return true;
        }
        if (rule->kind != RULE_WILDCARD) {
            continue;
        }
        domain = strlen(rule->name);
        if (domain < length && name[length - domain - 1] == '.' &&
            equal_names(name + length - domain, rule->name)) {
            return true;
        }
    }
    return false;
}

static bool is_exact(const struct allowlist *list, const char *name)
{
    for (size_t i = 0; i < list->rule_count; i++) {
        if (list->rules[i].rule.kind == RULE_EXACT && equal_names(list->rules[i].rule.name, name)) {
            return true;
        }
    }
    return false;
}

static bool is_asked(const struct report *report, const char *name)
{
    for (size_t i = 0; i < report->query_count; i++) {
        if (strcmp(report->queries[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes `made`, which is `name` itself or NULL. */
static void add_query(struct report *report, const char *name, char *made)
{
    if (is_asked(report, name)) {
        free(made);
        return;
    }
    report->queries[report->query_count++] = (struct report_query){.name = name, .made = made};
}

/* A name below a wildcard's domain that no exact rule lists. */
static char *example_below(const struct allowlist *list, const char *domain)
{
    static const char *const labels[] = {"www", "any", "some-name"};
    char *name = NULL;

    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        free(name);
        if (asprintf(&name, "%s.%s", labels[i], domain) < 0) {
            return NULL;
        }
        if (!is_exact(list, name)) {
            break;
        }
    }
    return name;
}

static const char *unlisted(const struct allowlist *list)
{
    /* RFC 6761: names that are nobody's. */
    static const char *const names[] = {"unlisted.example", "unlisted.test", "unlisted.invalid"};
    size_t i = 0;

    while (i + 1 < sizeof(names) / sizeof(names[0]) && is_covered(list, names[i])) {
        i++;
    }
    return names[i];
}

static int add_default_queries(struct report *report)
{
    const struct allowlist *list = &report->plan->list;

    for (size_t i = 0; i < list->rule_count; i++) {
        const struct rule *rule = &list->rules[i].rule;

        if (rule->kind == RULE_EXACT) {
            add_query(report, rule->name, NULL);
            if (rule->spelling != NULL) {
                add_query(report, rule->spelling, NULL);
            }
        } else if (rule->kind == RULE_WILDCARD) {
            char *name = example_below(list, rule->name);

            if (name == NULL) {
                return -1;
            }
            add_query(report, name, name);
        }
    }
    add_query(report, unlisted(list), NULL);
    return 0;
}

static int make_views(struct report *report)
{
    const struct plan *plan = report->plan;

    if (bridge_view(&plan->config, &plan->list, report->answers, false, &report->without) != 0) {
        return -1;
    }
    switch (plan->verdict) {
    case PLAN_REFUSED:
        return 0;
    case PLAN_UNCHANGED:
        /* The bridge makes its own zones, but its lookups are answered for it. */
        return bridge_view(&plan->config, &plan->list, report->answers, true, &report->with);
    case PLAN_REWRITTEN:
        break;
    }
    return view_repaired(&plan->zones, &report->with);
}

int report_make(struct report *report, const char *const *names, size_t name_count)
{
    const size_t rule_count = report->plan->list.rule_count;

    if (make_views(report) != 0) {
        return -1;
    }
    report->queries = calloc(name_count + 2 * rule_count + 1, sizeof(report->queries[0]));
    if (report->queries == NULL) {
        return -1;
    }
    report->query_count = 0;
    for (size_t i = 0; i < name_count; i++) {
        add_query(report, names[i], NULL);
    }
    if (name_count == 0 && add_default_queries(report) != 0) {
        return -1;
    }
    for (size_t i = 0; i < report->query_count; i++) {
        struct report_query *query = &report->queries[i];

        if (view_ask(&report->without, query->name, &query->without) != 0) {
            return -1;
        }
        if (report->plan->verdict != PLAN_REFUSED &&
            view_ask(&report->with, query->name, &query->with) != 0) {
            return -1;
        }
    }
    return 0;
}

void report_clear(struct report *report)
{
    for (size_t i = 0; i < report->query_count; i++) {
        free(report->queries[i].without.list);
        free(report->queries[i].with.list);
        free(report->queries[i].made);
    }
    free(report->queries);
    view_clear(&report->without);
    view_clear(&report->with);
    *report = (struct report){0};
}

static bool differ(const struct view_outcomes *left, const struct view_outcomes *right)
{
    for (size_t i = 0; i < left->count; i++) {
        for (size_t j = 0; j < right->count; j++) {
            if (!view_told_alike(&left->list[i], &right->list[j])) {
                return true;
            }
        }
    }
    return false;
}

size_t report_differing(const struct report *report)
{
    size_t count = 0;

    for (size_t i = 0; i < report->query_count; i++) {
        count += differ(&report->queries[i].without, &report->queries[i].with);
    }
    return count;
}

size_t report_hidden(const struct view *view, const char *question,
                     const struct matcher_answer *answer)
{
    const size_t owner = view_owner(view, question);
    const bool listed = answer->record != MATCHER_NONE &&
                        view->zones[answer->zone].zone.records[answer->record].name != NULL;

    return listed || owner == answer->zone ? VIEW_NONE : owner;
}
