/*
 * What `resolve` has found out, for those parts that show it.
 */
#ifndef RESOLVE_RESOLUTION_H
#define RESOLVE_RESOLUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/command/output/terminal.h"
#include "shim/plan/plan.h"
#include "shim/plan/settings.h"

struct resolution {
    const struct settings *settings;
    const struct plan *plan;       /* decided */
    const struct answers *answers; /* of the hosts that were looked up */
    char nameservers[1024];        /* in force, as resolver_nameservers has them */
    bool nameservers_named;        /* false: nobody named them */
};

/* ---- as text (resolve_text.c) ---- */

/* Where the answers come from. */
void resolve_print_head(const struct resolution *resolution, const struct terminal *out);

/* One host that is settled; `column` is the width of the names. */
void resolve_print_host(const struct terminal *out, const struct resolver_host *host,
                        size_t column);

/* One whose attempt failed, and which is tried again after `delay_ms`; likewise. */
void resolve_print_retry(const struct terminal *out, const struct resolver_options *options,
                         const struct resolver_host *host, unsigned delay_ms, size_t column);

/* Hosts that were not looked up, and what would become of the create. */
void resolve_print_end(const struct resolution *resolution, const struct terminal *out);

/* ---- as JSON (resolve_json.c) ---- */

/* Returns 0, or -1 with a message. Schema: docs/schema/resolve.json. */
int resolve_print_json(const struct resolution *resolution);

#endif
