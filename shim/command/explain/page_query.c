#include <arpa/inet.h>
#include <stdio.h>

#include "shim/command/explain/map_order.h"
#include "shim/command/explain/page.h"

static const char *told_text(const struct view_outcome *outcome, char buffer[INET_ADDRSTRLEN])
{
    switch (outcome->told) {
    case VIEW_ADDRESS:
    case VIEW_SINKHOLE:
        return inet_ntop(AF_INET, &outcome->address, buffer, INET_ADDRSTRLEN);
    case VIEW_NO_ADDRESS:
        return "no address";
    case VIEW_NXDOMAIN:
        return "NXDOMAIN";
    case VIEW_UPSTREAM:
        break;
    }
    return "from upstream";
}

static void format_probability(double probability, double error, char *buffer, size_t size)
{
    if (probability >= 1)
        snprintf(buffer, size, "always");
    else if (error > 0)
        snprintf(buffer, size, "~%.0f%%", 100 * probability);
    else if (probability < 0.001)
        snprintf(buffer, size, "<0.1%%");
    else if (probability > 0.999)
        snprintf(buffer, size, ">99.9%%");
    else
        snprintf(buffer, size, "%.1f%%", 100 * probability);
}

/* One line: what is told how often, and why. */
static void write_outcome(struct page *page, const char *side, enum terminal_style style,
                          const struct view *view, const char *query,
                          const struct view_outcome *outcome)
{
    const unsigned column = page->terminal.width < PAGE_NARROW ? 6 : 38;
    const double error = map_order_error(view->random_count);
    char often[16];
    char buffer[INET_ADDRSTRLEN];
    struct text why = {0};

    format_probability(outcome->probability, error, often, sizeof often);
    fprintf(page->terminal.stream, "    %-8s %-7s ", side, often);
    terminal_print(&page->terminal, style, "%-16s", told_text(outcome, buffer));
    report_why(page->report, view, query, outcome, &why);
    page_go_to(page, 37, column);
    page_wrap(page, TERMINAL_FAINT, column, column, &why);
}

/* Good is what the repair would say too; where it refuses, nothing can be compared. */
static enum terminal_style style_of(const struct report_query *query,
                                    const struct view_outcome *outcome)
{
    if (query->with.count == 0)
        return outcome->told == VIEW_ADDRESS ? TERMINAL_PLAIN : TERMINAL_WARN;
    if (!report_told_alike(outcome, &query->with.list[0]))
        return TERMINAL_BAD;
    return outcome->told == VIEW_ADDRESS ? TERMINAL_GOOD : TERMINAL_PLAIN;
}

void page_query(struct page *page, const struct report_query *query)
{
    terminal_print(&page->terminal, TERMINAL_STRONG, "  %s\n", query->name);
    for (size_t i = 0; i < query->without.count; i++)
        write_outcome(page, i == 0 ? "without" : "", style_of(query, &query->without.list[i]),
                      &page->report->without, query->name, &query->without.list[i]);
    for (size_t i = 0; i < query->with.count; i++)
        write_outcome(page, i == 0 ? "with" : "", style_of(query, &query->with.list[i]),
                      &page->report->with, query->name, &query->with.list[i]);
    if (query->with.count == 0) {
        fprintf(page->terminal.stream, "    %-8s %-7s ", "with", "always");
        terminal_print(&page->terminal, TERMINAL_BAD, "create refused\n");
    }
}
