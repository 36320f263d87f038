/*
 * The decision: configuration JSON in, verdict out.
 *
 *   JSON -> rules -> hosts to resolve -> answers -> zones -> sorted -> spliced into the JSON
 *
 * The one place that knows rules, resolver and zones. Every way in (the preload here) calls it and
 * only carries its verdict out. Two steps, because a caller may learn from the first that it need
 * not take the second: plan_read judges the text without network, plan_decide gets the answers.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "resolver/resolver.h"
#include "shim/base/log.h"
#include "shim/plan/settings.h"
#include "zones/allowlist.h"
#include "zones/config.h"

enum plan_verdict {
    PLAN_UNCHANGED, /* hand the caller's own bytes on */
    PLAN_REWRITTEN, /* hand `json` on: only `dns_zones` differs */
    PLAN_REFUSED    /* let the create fail with `refusal` */
};

/* What one name was resolved to. */
struct plan_pin {
    const char *name; /* lower case, without trailing dot */
    const struct in_addr *addresses;
    size_t count;
};

struct plan {
    /* The configuration names a host, or it cannot be told: it is ours to decide. False: verdict is
       PLAN_UNCHANGED, nothing was or will be looked up. */
    bool concerned;
    enum plan_verdict verdict;
    char *json; /* PLAN_REWRITTEN; NUL-terminated; holds the caller's secrets */
    size_t json_length;
    const char *refusal; /* PLAN_REFUSED; one line, never NULL then */
    /* Every lookup's answer that stands behind the verdict, sorted by name, so that whoever asks
       for the same names again can be told the same; to a host without one: no such host. Empty
       when refused, observing or not concerned. */
    struct plan_pin *pins;
    size_t pin_count;

    /* For plan.c. */
    const char *source; /* the caller's JSON, borrowed until plan_decide returns */
    size_t source_length;
    const struct settings *settings;
    const struct log *log;
    struct config config;
    struct allowlist list;
    struct resolver_host *lookups;
    size_t lookup_count;
    char *refusal_text; /* owned; `refusal` may be a constant where memory was short */
};

/*
 * Gets the answers: as resolver_run. The default is resolver_run itself; a caller that already has
 * the answers (a helper inside a jail) hands them in here.
 */
typedef void plan_lookup_fn(void *context, const struct resolver_options *options,
                            struct resolver_host *hosts, size_t count,
                            const struct resolver_observer *observer);

/*
 * Reads `length` bytes of configuration at `json`, which stay the caller's and must live until
 * plan_decide has returned; `settings` and `log` likewise. No network, no threads. Always fills
 * *plan; the caller ends it with plan_clear whatever the verdict. What it finds wrong with the
 * rules is already a verdict (PLAN_REFUSED) and plan_decide then only reports it.
 */
void plan_read(const char *json, size_t length, const struct settings *settings,
               const struct log *log, struct plan *plan);

/*
 * Completes the verdict of a plan that is `concerned`: looks the hosts up (with `lookup` and its
 * context, or resolver_run where that is NULL), builds the zones, logs what it did. While observing
 * the verdict becomes PLAN_UNCHANGED and the log says what it would have been.
 * Blocks for at most the budget of the settings. Thread safe: plans share nothing.
 */
void plan_decide(struct plan *plan, plan_lookup_fn *lookup, void *context);

/* The pin for `name` (any case, one trailing dot allowed), or NULL. */
const struct plan_pin *plan_find_pin(const struct plan *plan, const char *name);

/* Whether the plan has to do with the host `name`, pinned or not. Likewise. */
bool plan_names_host(const struct plan *plan, const char *name);

/* Wipes and frees everything the plan owns. */
void plan_clear(struct plan *plan);

#endif
