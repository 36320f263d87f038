/*
 * What a plan tells the log while it is being decided.
 */
#ifndef PLAN_PLAN_REPORT_H
#define PLAN_PLAN_REPORT_H

#include "resolver/resolver.h"
#include "shim/plan/plan.h"

/* For struct resolver_observer; the context is the plan. */
void report_retrying(void *context, const struct resolver_host *host, unsigned delay_ms);
void report_settled(void *context, const struct resolver_host *host);

/* Warns about rules that the bridge will serve otherwise than their author may think. */
void report_doubtful_rules(const struct plan *plan);

#endif
