/*
 * The plan says which names, as it will say at the create. Its lines are kept while it resolves:
 * the rest it says at the create.
 */
#include "shim/launch/outlook.h"

#include <stdlib.h>
#include <string.h>

#include "shim/plan/plan.h"

static void keep_line(void *context, enum log_level level, const char *line)
{
    struct handover *handover = context;
    struct handover_log *larger =
        reallocarray(handover->logs, handover->log_count + 1, sizeof(*larger));
    char *copy = strdup(line);

    if (larger != NULL) {
        handover->logs = larger;
    }
    if (larger == NULL || copy == NULL) {
        free(copy);
        handover->answers.failed = true;
        return;
    }
    larger[handover->log_count++] = (struct handover_log){.level = level, .line = copy};
}

int outlook_resolve(enum spec_status status, struct config *config, const struct settings *settings,
                    struct handover *handover, bool *in_scope)
{
    const struct log log = {.threshold = settings->log_level,
                            .file = settings->log_file,
                            .sink = keep_line,
                            .context = handover};
    struct plan plan;

    *in_scope = true;
    switch (status) {
    case SPEC_UNKNOWN:
        return 0; /* the create will show what the box needs */
    case SPEC_NOMEM:
        return -1;
    case SPEC_READ:
        break;
    }
    plan_read_config(config, NULL, settings, &log, &plan);
    *in_scope = plan.in_scope;
    if (plan.in_scope) {
        plan_resolve(&plan, &handover->answers);
    }
    plan_clear(&plan);
    return handover->answers.failed ? -1 : 0;
}
