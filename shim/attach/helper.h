/*
 * The helper: a child of the process that becomes the shim, and its tracer until the network
 * exists.
 */
#ifndef ATTACH_HELPER_H
#define ATTACH_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "shim/boxlite/symbols.h"
#include "shim/plan/handover.h"
#include "shim/plan/settings.h"

struct helper_task {
    const struct symbols *symbols;
    const struct handover *handover;
    const struct settings *settings;
    bool answers_lookups; /* else the bridge looks up for itself */
};

/*
 * To be called once tracee_seize(pid) has succeeded: follows `pid` through its exec to the creation
 * of the network, carries the plan's verdict out on it, and releases it. Returns with the task
 * done, or with the tracee gone or to be killed by the kernel as our process ends.
 */
void helper_run(pid_t pid, const struct helper_task *task);

#endif
