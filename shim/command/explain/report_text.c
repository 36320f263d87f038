/*
 * The report for a person.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "shim/command/explain/page.h"
#include "shim/command/output/usage.h"

static void write_note(void *context, const char *note)
{
    struct page *page = context;
    struct text text = {0};

    page_go_to(page, 0, page->column);
    text_format(&text, "note: %s", note);
    page_behind(page, TERMINAL_WARN, &text);
}

static void write_rule(struct page *page, size_t index)
{
    const struct allow_rule *entry = &page->report->plan->list.rules[index];
    enum terminal_style style = TERMINAL_PLAIN;
    struct text text = {0};

    switch (entry->rule.kind) {
    case RULE_EMPTY:
        return;
    case RULE_ADDRESS:
        text_add_string(&text, "address, needs no DNS");
        break;
    case RULE_BAD:
        text_format(&text, "not understood: %s", entry->rule.reason);
        style = TERMINAL_BAD;
        break;
    case RULE_EXACT:
    case RULE_WILDCARD:
        if (entry->rule.kind == RULE_EXACT) {
            text_format(&text, "host %s: ", entry->rule.name);
        } else {
            text_format(&text, "every name below %s: ", entry->rule.name);
        }
        report_answer(page->report, entry, &text);
        style = report_answered(page->report, entry) ? TERMINAL_PLAIN : TERMINAL_BAD;
        break;
    }
    page_name(page, entry->rule.text);
    page_behind(page, style, &text);
    report_notes(page->report, index, write_note, page);
}

static void add_address(struct text *text, const char *ip, const char *absent)
{
    char buffer[INET_ADDRSTRLEN];
    struct in_addr address;

    text_add_string(text, matcher_address(ip, &address)
                              ? inet_ntop(AF_INET, &address, buffer, sizeof(buffer))
                              : absent);
}

/* The bridge gives a wildcard's own domain, and a single label, records that no question fits. */
static bool can_fit(const struct zone_record *record)
{
    const size_t length = record->name != NULL ? strlen(record->name) : 0;

    return record->name == NULL || (length > 0 && record->name[length - 1] != '.');
}

static void write_zone(struct page *page, const struct zone *zone)
{
    struct text text = {0};

    for (size_t i = 0; i < zone->record_count; i++) {
        const struct zone_record *record = &zone->records[i];

        if (!can_fit(record)) {
            continue;
        }
        report_add_name(&text, record->name != NULL ? record->name : "any name");
        text_add_string(&text, " = ");
        add_address(&text, record->ip, "no address");
        text_add_string(&text, "; ");
    }
    text_add_string(&text, text.length > 0 ? "else " : "any name = ");
    add_address(&text, zone->default_ip, "NXDOMAIN");
    page_name(page, zone->name[0] != '\0' ? zone->name : "(root)");
    page_behind(page, TERMINAL_PLAIN, &text);
}

static void write_zones(struct page *page, const struct view *view, const char *title)
{
    terminal_heading(&page->terminal, title);
    for (size_t i = 0; i < view->count; i++) {
        if (view->random_count > 1 && i == view->random) {
            terminal_print(&page->terminal, TERMINAL_FAINT,
                           "  -- these come in another order in each box --\n");
        }
        write_zone(page, &view->zones[i].zone);
        if (view->random_count > 1 && i + 1 == view->random + view->random_count) {
            terminal_print(&page->terminal, TERMINAL_FAINT, "  -- up to here --\n");
        }
    }
}

static void write_summary(struct page *page)
{
    const struct report *report = page->report;
    const size_t count = report_differing(report);
    enum terminal_style style = count > 0 ? TERMINAL_WARN : TERMINAL_GOOD;
    struct text text = {0};

    if (report->plan->verdict == PLAN_REFUSED) {
        text_format(&text, "With the repair the box does not start: %s", report->plan->refusal);
        style = TERMINAL_BAD;
    } else {
        text_format(&text,
                    "%zu of %zu names may be told something else without the repair than with it.",
                    count, report->query_count);
    }
    page_wrap(page, style, 0, 2, &text);
}

static void write_head(struct page *page)
{
    static const char *const kinds[] = {[DOCUMENT_CONFIG] = "a configuration of the bridge",
                                        [DOCUMENT_SPEC] = "an InstanceSpec",
                                        [DOCUMENT_RULES] = "a list of rules"};
    const struct report *report = page->report;
    struct text text = {0};

    text_format(&text, "%s: %s, %s",
                strcmp(report->path, "-") == 0 ? "standard input" : report->path,
                kinds[report->kind],
                report->plan->config.configured_first
                    ? "explained as boxlite 0.9.0 to 0.10.2 takes it"
                    : "without host_ip, so of boxlite 0.8.x, which puts the zones of rules first");
    page_wrap(page, TERMINAL_PLAIN, 0, 2, &text);
}

static void write_footnote(struct page *page)
{
    for (size_t i = 0; i < page->report->query_count; i++) {
        if (!view_settled(&page->report->queries[i].without)) {
            fputc('\n', page->terminal.stream);
            terminal_wrap(
                &page->terminal, TERMINAL_FAINT, 0, 0,
                "Where there is an \"or\", a box gets one of the answers for as long as it "
                "lives: the one of the zone that comes first in its order.");
            return;
        }
    }
}

int report_write_text(const struct report *report)
{
    struct page page;

    page_open(report, &page);
    write_head(&page);
    write_summary(&page);
    terminal_heading(&page.terminal, "Rules");
    for (size_t i = 0; i < report->plan->list.rule_count; i++) {
        write_rule(&page, i);
    }
    write_zones(&page, &report->without, "Zones without the repair, asked from top to bottom");
    if (report->plan->verdict == PLAN_REWRITTEN) {
        write_zones(&page, &report->with, "Zones with the repair, in this order in every box");
    }
    terminal_heading(&page.terminal, "What the guest is told");
    for (size_t i = 0; i < report->query_count; i++) {
        page_query(&page, &report->queries[i]);
    }
    write_footnote(&page);
    if (page.failed) {
        usage_complain("explain", "out of memory");
        return -1;
    }
    return 0;
}
