/*
 * What a plan tells the log while it is being decided.
 */
#ifndef PLAN_PLAN_REPORT_H
#define PLAN_PLAN_REPORT_H

#include "resolver/resolver.h"
#include "shim/base/log.h"
#include "shim/plan/settings.h"
#include "zones/allowlist.h"
#include "zones/config.h"

/* Where to, and what the resolver was told. */
struct plan_report {
    const struct log *log;
    const struct settings *settings;
};

/* Logs what the resolver learns. `report` must outlive it. */
struct resolver_observer report_observer(const struct plan_report *report);

/* A host about which nobody could say anything is logged as one that was looked up in vain. */
void report_missing(const struct plan_report *report, const char *name,
                    const struct resolver_host *answer);

/* Warns about rules that the bridge will serve otherwise than their author may think. */
void report_doubtful_rules(const struct plan_report *report, const struct config *config,
                           const struct allowlist *list);

#endif
