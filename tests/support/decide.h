/*
 * A plan whose answers are made by a function of the test.
 */
#ifndef SUPPORT_DECIDE_H
#define SUPPORT_DECIDE_H

#include "shim/plan/plan.h"
#include "shim/plan/plan_report.h"

/* Fills in the hosts, as resolver_run does. */
typedef void decide_lookup_fn(void *context, const struct resolver_options *options,
                              struct resolver_host *hosts, size_t count,
                              const struct resolver_observer *observer);

/* As plan_resolve and plan_decide, with `lookup` in place of the resolver. The caller clears the
   plan, then the answers. */
static inline void decide_with(struct plan *plan, decide_lookup_fn *lookup, struct answers *answers)
{
    const struct plan_report report = {.log = plan->log, .settings = plan->settings};
    const struct resolver_observer observer = report_observer(&report);

    *answers = (struct answers){0};
    if (plan->verdict != PLAN_REFUSED) {
        answers_begin(&plan->list, answers);
        if (answers->count > 0) {
            lookup(NULL, &plan->settings->resolver, answers->hosts, answers->count, &observer);
        }
        answers_sort(answers);
    }
    plan_decide(plan, answers);
}

#endif
