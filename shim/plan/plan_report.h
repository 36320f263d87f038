/*
 * What a plan tells the log while it is being decided.
 */
#ifndef PLAN_PLAN_REPORT_H
#define PLAN_PLAN_REPORT_H

#include "resolver/resolver.h"
#include "shim/plan/plan.h"

/* Logs what the resolver learns. `plan` must outlive it. */
struct resolver_observer report_observer(const struct plan *plan);

/* A host about which nobody could say anything is logged as one that was looked up in vain. */
void report_missing(const struct plan *plan, const char *name, const struct resolver_host *answer);

/* Warns about rules that the bridge will serve otherwise than their author may think. */
void report_doubtful_rules(const struct plan *plan);

#endif
