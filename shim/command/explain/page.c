/* Lays a report out for the width of the terminal. */
#include "shim/command/explain/page.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_WIDEST = 36 }; /* a longer name has a line of its own */

static void widen(size_t *column, const char *name, size_t widest)
{
    const size_t length = strlen(name);

    *column = length > *column && length <= widest ? length : *column;
}

/* The column behind the names of rules and zones. */
static unsigned find_column(const struct report *report, unsigned width)
{
    const size_t widest = width < PAGE_NARROW ? 20 : NAMES_WIDEST;
    size_t column = 0;

    for (size_t i = 0; i < report->plan->list.rule_count; i++) {
        widen(&column, report->plan->list.rules[i].rule.text, widest);
    }
    for (size_t i = 0; i < report->without.count; i++) {
        widen(&column, report->without.zones[i].zone.name, widest);
    }
    for (size_t i = 0; i < report->with.count; i++) {
        widen(&column, report->with.zones[i].zone.name, widest);
    }
    return (unsigned)column + 4;
}

void page_open(const struct report *report, struct page *out)
{
    *out = (struct page){.report = report};
    terminal_open(stdout, &out->terminal);
    out->column = find_column(report, out->terminal.width);
}

void page_go_to(struct page *page, unsigned at, unsigned column)
{
    if (at + 1 > column) {
        fputc('\n', page->terminal.stream);
        at = 0;
    }
    fprintf(page->terminal.stream, "%*s", (int)(column - at), "");
}

void page_name(struct page *page, const char *name)
{
    struct text printable = {0};

    report_add_name(&printable, name);
    if (printable.failed) {
        page->failed = true;
    } else {
        fprintf(page->terminal.stream, "  %s", printable.bytes);
    }
    page_go_to(page, 2 + (unsigned)printable.length, page->column);
    text_clear(&printable);
}

void page_wrap(struct page *page, enum terminal_style style, unsigned column, unsigned indent,
               struct text *text)
{
    if (text->failed) {
        page->failed = true;
    } else if (text->bytes != NULL) {
        terminal_wrap(&page->terminal, style, column, indent, "%s", text->bytes);
    }
    text_clear(text);
}

void page_behind(struct page *page, enum terminal_style style, struct text *text)
{
    page_wrap(page, style, page->column, page->column + 2, text);
}
