/*
 * All that is known about one configuration, for text and JSON alike.
 */
#ifndef EXPLAIN_REPORT_H
#define EXPLAIN_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/boxlite/document.h"
#include "shim/command/explain/view.h"
#include "shim/plan/plan.h"
#include "zones/text.h"

struct report_query {
    const char *name; /* without a dot at its end; borrowed from the rules or the command line */
    char *made;       /* owned where it is not borrowed */
    struct view_outcomes without;
    struct view_outcomes with; /* empty where the create is refused */
};

struct report {
    const char *path;
    enum document_kind kind;
    const struct settings *settings;
    const struct plan *plan; /* decided */
    const struct answers *answers;
    struct view without;
    struct view with; /* empty where the create is refused */
    struct report_query *queries;
    size_t query_count;
};

/*
 * Fills in the views, and the queries: `names`, or where there are none every rule's host, a name
 * below every wildcard, and one name that no rule covers. The rest of *report is set by the caller,
 * who ends it with report_clear. Returns 0, or -1 when memory is short.
 */
int report_make(struct report *report, const char *const *names, size_t name_count);
void report_clear(struct report *report);

/* Queries that may be told something else without the repair than with it. */
size_t report_differing(const struct report *report);

/* What a rule's host resolves to, or why it does not: "192.0.2.1", "does not exist". */
void report_answer(const struct report *report, const struct allow_rule *rule, struct text *out);

/* Whether that is an address. */
bool report_answered(const struct report *report, const struct allow_rule *rule);

/* What the author of a rule ought to know of it. Calls `add` with each text. */
typedef void report_note_fn(void *context, const char *note);
void report_notes(const struct report *report, size_t rule, report_note_fn *add, void *context);

/* Adds the name of a zone or record, fit for a terminal. */
void report_add_name(struct text *out, const char *name);

/* Why a guest that looks `name` up is told this, one of `outcomes`, without the repair or with it.
 */
void report_why(const struct report *report, const struct view *view, const char *name,
                const struct view_outcomes *outcomes, size_t outcome, struct text *out);

/* The zone that should have answered but stands behind the one that did; VIEW_NONE if none is. */
size_t report_hidden(const struct view *view, const char *question,
                     const struct matcher_answer *answer);

/* Both write to standard output and return 0, or -1 with a message on standard error when memory
   was short. Whether all could be written shows on the stream. */
int report_write_text(const struct report *report);
int report_write_json(const struct report *report);

#endif
