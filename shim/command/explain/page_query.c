/* Writes what a guest is told about one name. */
#include <arpa/inet.h>
#include <stdio.h>

#include "shim/command/explain/page.h"

static const char *told_text(const struct matcher_answer *answer, char buffer[INET_ADDRSTRLEN])
{
    switch (answer->told) {
    case MATCHER_ADDRESS:
    case MATCHER_SINKHOLE:
        return inet_ntop(AF_INET, &answer->address, buffer, INET_ADDRSTRLEN);
    case MATCHER_NO_ADDRESS:
        return "no address";
    case MATCHER_NXDOMAIN:
        return "NXDOMAIN";
    case MATCHER_UPSTREAM:
        break;
    }
    return "from upstream";
}

/* Good is what the repair would say too; where it refuses, nothing can be compared. */
static enum terminal_style style_of(const struct report_query *query,
                                    const struct matcher_answer *answer)
{
    if (query->with.count == 0) {
        return answer->told == MATCHER_ADDRESS ? TERMINAL_PLAIN : TERMINAL_WARN;
    }
    if (!view_told_alike(answer, &query->with.list[0])) {
        return TERMINAL_BAD;
    }
    return answer->told == MATCHER_ADDRESS ? TERMINAL_GOOD : TERMINAL_PLAIN;
}

/* A line for each zone that may answer: what is told, and why. */
static void write_outcomes(struct page *page, const char *side, const struct view *view,
                           const struct report_query *query, const struct view_outcomes *outcomes)
{
    const unsigned column = page->terminal.width < PAGE_NARROW ? 6 : 30;

    for (size_t i = 0; i < outcomes->count; i++) {
        const struct matcher_answer *answer = &outcomes->list[i];
        char buffer[INET_ADDRSTRLEN];
        struct text why = {0};

        fprintf(page->terminal.stream, "    %-8s ", i == 0 ? side : "or");
        terminal_print(&page->terminal, style_of(query, answer), "%-16s",
                       told_text(answer, buffer));
        report_why(page->report, view, query->name, outcomes, i, &why);
        page_go_to(page, 29, column);
        page_wrap(page, TERMINAL_FAINT, column, column, &why);
    }
}

void page_query(struct page *page, const struct report_query *query)
{
    terminal_print(&page->terminal, TERMINAL_STRONG, "  %s\n", query->name);
    write_outcomes(page, "without", &page->report->without, query, &query->without);
    write_outcomes(page, "with", &page->report->with, query, &query->with);
    if (query->with.count == 0) {
        fprintf(page->terminal.stream, "    %-8s ", "with");
        terminal_print(&page->terminal, TERMINAL_BAD, "create refused\n");
    }
}
