/*
 * What the host knows about the names that a box may need, for the create that will ask later.
 */
#ifndef LAUNCH_OUTLOOK_H
#define LAUNCH_OUTLOOK_H

#include <stdbool.h>

#include "shim/plan/handover.h"
#include "shim/plan/settings.h"

/*
 * Resolves the names in `config` (as spec_read makes it) and adds outcomes and log lines to
 * *handover. A name that fails, or a rule that is wrong, is no failure here: the create decides.
 * *concerned: whether there is any rule that needs the repair. Returns 0, or -1 when memory is
 * short. A SIGINT or SIGTERM that comes while it resolves takes its course.
 */
int outlook_resolve(const char *config, const struct settings *settings, struct handover *handover,
                    bool *concerned);

#endif
