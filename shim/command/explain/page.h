/*
 * Where a report for a person is written to, and how it is laid out.
 */
#ifndef EXPLAIN_PAGE_H
#define EXPLAIN_PAGE_H

#include "shim/command/explain/report.h"
#include "shim/command/output/terminal.h"
#include "zones/text.h"

enum { PAGE_NARROW = 70 }; /* columns; below that explanations go below what they explain */

struct page {
    struct terminal terminal;
    const struct report *report;
    unsigned column; /* where what stands behind a name begins */
    bool failed;     /* memory was short: something is missing */
};

/* For standard output. `report` must outlive the page. */
void page_open(const struct report *report, struct page *out);

/* Blanks from column `at` up to `column`, on a line of its own where that is passed already. */
void page_go_to(struct page *page, unsigned at, unsigned column);

/* Begins a line with the name of a rule or a zone, up to the page's column. */
void page_name(struct page *page, const char *name);

/* Writes a text as terminal_wrap does. Takes the text; one that is incomplete for want of memory is
   left out, and remembered. */
void page_wrap(struct page *page, enum terminal_style style, unsigned column, unsigned indent,
               struct text *text);

/* Ends the line that page_name has begun, wrapped behind the page's column; likewise. */
void page_behind(struct page *page, enum terminal_style style, struct text *text);

/* What the guest is told about a name. */
void page_query(struct page *page, const struct report_query *query);

#endif
