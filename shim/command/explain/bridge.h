/*
 * The zones as an affected bridge makes them, one of boxlite 0.8.0 to 0.10.2:
 * gvproxy-bridge/dns_filter.go.
 */
#ifndef EXPLAIN_BRIDGE_H
#define EXPLAIN_BRIDGE_H

#include "shim/command/explain/view.h"
#include "shim/plan/answers.h"
#include "zones/allowlist.h"
#include "zones/config.h"

/*
 * Builds the zones for the rules of `list`, read from `config`. The bridge looks each host up once:
 * an answer that took the resolver more attempts than one is none to it, unless `retried` says that
 * its lookups are answered for it. Returns 0 and fills *out, or -1 when memory is short; end with
 * view_clear either way. Quadratic in the number of rules.
 */
int bridge_view(const struct config *config, const struct allowlist *list,
                const struct answers *answers, bool retried, struct view *out);

#endif
