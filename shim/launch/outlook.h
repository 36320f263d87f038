/*
 * What the host knows about the names that a box may need, for the create that will ask later.
 */
#ifndef LAUNCH_OUTLOOK_H
#define LAUNCH_OUTLOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/plan/handover.h"
#include "shim/plan/settings.h"

/*
 * Resolves the names in the spec, `length` bytes at `json`, and adds answers and log lines to
 * *handover. A name that fails, a rule that is wrong, or a spec that cannot be understood is no
 * failure here: the create decides. *concerned: whether there may be a rule that needs the repair.
 * Returns 0, or -1 when memory is short. A SIGINT or SIGTERM that comes while it resolves takes its
 * course.
 */
int outlook_resolve(const char *json, size_t length, const struct settings *settings,
                    struct handover *handover, bool *concerned);

#endif
