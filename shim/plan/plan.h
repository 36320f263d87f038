/*
 * The decision: configuration JSON in, verdict out.
 *
 *   JSON -> rules -> hosts to resolve -> answers -> zones -> sorted -> spliced into the JSON
 *
 * The one place that knows rules, resolver and zones. Every way in calls it and only carries its
 * verdict out. plan_read judges the text and says which hosts have to be looked up; whoever calls
 * fills the answers table, by plan_resolve or from what is known already; plan_decide takes it.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "resolver/resolver.h"
#include "shim/base/log.h"
#include "shim/plan/answers.h"
#include "shim/plan/settings.h"
#include "zones/allowlist.h"
#include "zones/config.h"
#include "zones/zones.h"

enum plan_verdict {
    PLAN_UNCHANGED, /* hand the caller's own bytes on */
    PLAN_REWRITTEN, /* hand `json` on: only `dns_zones` differs, which holds `zones` */
    PLAN_REFUSED    /* let the create fail with `refusal` */
};

/* What one name was resolved to. */
struct plan_pin {
    const char *name;                /* lower case, without trailing dot */
    const struct in_addr *addresses; /* of the answers table */
    size_t count;
};

struct plan {
    /* The configuration names a host, or it cannot be told: it is ours to decide. False: verdict is
       PLAN_UNCHANGED, nothing was or will be looked up. */
    bool in_scope;
    enum plan_verdict verdict;
    char *json; /* PLAN_REWRITTEN by plan_decide; NUL-terminated; holds the caller's secrets */
    size_t json_length;
    struct zones zones;  /* PLAN_REWRITTEN */
    const char *refusal; /* PLAN_REFUSED; one line, never NULL then */
    /* Every lookup's answer that stands behind the verdict, sorted by name, so that whoever asks
       for the same names again can be told the same; to a host without one: no such host. Empty
       when refused, observing or not in scope. */
    struct plan_pin *pins;
    size_t pin_count;

    /* For plan.c. */
    const char *source; /* the caller's JSON, borrowed until plan_decide returns; or NULL */
    size_t source_length;
    const struct settings *settings;
    const struct log *log;
    struct config config;
    struct allowlist list;
    char *refusal_text; /* owned; `refusal` may be a constant where memory was short */
};

/*
 * Reads `length` bytes of configuration at `json`, which stay the caller's and must live until
 * plan_decide has returned; `settings` and `log` (NULL for no line) likewise. No network, no
 * threads. Always fills *plan; the caller ends it with plan_clear whatever the verdict. What it
 * finds wrong with the rules is already a verdict (PLAN_REFUSED), for which no answers are needed
 * and which plan_decide only reports.
 */
void plan_read(const char *json, size_t length, const struct settings *settings,
               const struct log *log, struct plan *plan);

/* As plan_read, of a configuration that has been read: takes over what *config holds and empties
   it. `duplicate` is config_parse's, NULL where no key is given twice. */
void plan_read_config(struct config *config, const char *duplicate, const struct settings *settings,
                      const struct log *log, struct plan *plan);

/*
 * Asks the resolver for the hosts of a plan that is `in_scope`, none where it is refused already,
 * and logs what it learns. The caller ends *out with answers_clear. Blocks for at most the budget
 * of the settings. Thread safe: plans share nothing.
 */
void plan_resolve(const struct plan *plan, struct answers *out);

/*
 * Completes the verdict of a plan that is `in_scope`: builds the zones from `answers`, a sorted
 * table that must outlive the plan, and logs what it did. While observing the verdict becomes
 * PLAN_UNCHANGED and the log says what it would have been.
 */
void plan_decide(struct plan *plan, const struct answers *answers);

/* Whether the create fails since `host`, of the plan's list and not configured, has this answer: a
   wildcard's domain without an address may be let off. */
bool plan_is_fatal(const struct plan *plan, const struct allow_host *host,
                   const struct resolver_host *answer);

/* The pin for `name` (any case, one trailing dot allowed), or NULL. */
const struct plan_pin *plan_find_pin(const struct plan *plan, const char *name);

/* Whether a bridge looks `name` up because of a rule: as it is written there, with its dot or
   without, in any case. A guest's question is passed on with a dot. */
bool plan_names_host(const struct plan *plan, const char *name);

/* Wipes and frees everything the plan owns. */
void plan_clear(struct plan *plan);

#endif
