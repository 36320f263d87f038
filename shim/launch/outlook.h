/*
 * What the host knows about the names that a box may need, for the create that will ask later.
 */
#ifndef LAUNCH_OUTLOOK_H
#define LAUNCH_OUTLOOK_H

#include <stdbool.h>

#include "shim/boxlite/spec.h"
#include "shim/plan/handover.h"
#include "shim/plan/settings.h"

/*
 * Resolves the names in *config, what a spec says as spec_read has found it with `status`, and adds
 * answers and log lines to *handover; takes what *config holds. A name that fails, a rule that is
 * wrong, or a spec that cannot be understood is no failure here: the create decides. *in_scope:
 * whether there may be a rule that needs the repair. Returns 0, or -1 when memory is short, or was
 * for a line that is to be in *handover already. A SIGINT or SIGTERM that comes while it resolves
 * takes its course.
 */
int outlook_resolve(enum spec_status status, struct config *config, const struct settings *settings,
                    struct handover *handover, bool *in_scope);

#endif
