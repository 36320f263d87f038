/*
 * The plan says which names, as it will say at the create. Its lines are kept while it resolves:
 * the rest it says at the create.
 */
#include "shim/launch/outlook.h"

#include "shim/plan/plan.h"

int outlook_resolve(enum spec_status status, struct config *config, const struct settings *settings,
                    struct handover *handover, bool *in_scope)
{
    const struct log log = {.threshold = settings->log_level,
                            .file = settings->log_file,
                            .sink = log_lines_sink,
                            .context = &handover->logs};
    struct plan plan;

    *in_scope = true;
    if (status == SPEC_NOMEM) {
        return -1;
    }
    if (status == SPEC_READ) { /* else the create will show what the box needs */
        plan_read_config(config, NULL, settings, &log, &plan);
        *in_scope = plan.in_scope;
        if (plan.in_scope) {
            plan_resolve(&plan, &handover->answers);
        }
        plan_clear(&plan);
    }
    return handover->answers.failed || handover->logs.failed ? -1 : 0;
}
