/*
 * What `resolve` has found out, shared by its parts: resolve.c asks, the others show.
 */
#ifndef RESOLVE_RESOLVE_H
#define RESOLVE_RESOLVE_H

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

/* One host; `column` is the width of the names. */
void resolve_print_host(const struct terminal *out, const struct resolver_host *host,
                        size_t column);

/* Hosts that were not looked up, and what would become of the create. */
void resolve_print_end(const struct resolution *resolution, const struct terminal *out);

/* ---- as JSON (resolve_json.c) ---- */

/* Returns 0, or -1 with a message. Schema: docs/schema/resolve.json. */
int resolve_print_json(const struct resolution *resolution);

/* `resolve [--config FILE | HOST ...] [--json]`: looks hosts up as a create would. Gets its own
   name in argv[0]; returns the exit status, or USAGE_HELP. */
int cli_resolve(int argc, char **argv);

#endif
