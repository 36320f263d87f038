/*
 * The plan is asked as the create will ask it, so that the names are the same ones; of its verdict
 * nothing is kept. Its log lines are kept while it resolves: the rest it will say again at create.
 */
#include "shim/launch/outlook.h"

#include <stdlib.h>
#include <string.h>

#include "shim/plan/plan.h"

#define SILENT ((enum log_level)(LOG_LEVEL_ERROR + 1))

struct outlook {
    const struct settings *settings;
    struct handover *handover;
    struct log log; /* silent but for the time of the lookup */
    bool failed;    /* memory was short */
};

static void keep_line(void *context, enum log_level level, const char *line)
{
    struct outlook *outlook = context;
    struct handover *handover = outlook->handover;
    struct handover_log *larger =
        reallocarray(handover->logs, handover->log_count + 1, sizeof(*larger));

    if (larger == NULL) {
        outlook->failed = true;
        return;
    }
    handover->logs = larger;
    larger[handover->log_count] = (struct handover_log){.level = level, .line = strdup(line)};
    if (larger[handover->log_count].line == NULL) {
        outlook->failed = true;
    } else {
        handover->log_count++;
    }
}

static int copy_host(const struct resolver_host *host, struct resolver_host *out)
{
    *out = *host;
    out->addresses = calloc(host->address_count + 1, sizeof(*out->addresses));
    out->name = strdup(host->name);
    if (out->addresses == NULL || out->name == NULL) {
        return -1;
    }
    if (host->address_count > 0) {
        memcpy(out->addresses, host->addresses, host->address_count * sizeof(*out->addresses));
    }
    return 0;
}

static void keep_outcomes(struct outlook *outlook, const struct resolver_host *hosts, size_t count)
{
    struct handover *handover = outlook->handover;

    handover->hosts = calloc(count, sizeof(*handover->hosts));
    if (handover->hosts == NULL) {
        outlook->failed = true;
        return;
    }
    for (size_t i = 0; i < count && !outlook->failed; i++) {
        outlook->failed = copy_host(&hosts[i], &handover->hosts[i]) != 0;
        handover->host_count++;
    }
}

/* A plan_lookup_fn. */
static void look_up(void *context, const struct resolver_options *options,
                    struct resolver_host *hosts, size_t count,
                    const struct resolver_observer *observer)
{
    struct outlook *outlook = context;

    outlook->log.threshold = outlook->settings->log_level;
    resolver_run(options, hosts, count, observer, NULL);
    outlook->log.threshold = SILENT;
    keep_outcomes(outlook, hosts, count);
}

int outlook_resolve(const char *config, const struct settings *settings, struct handover *handover,
                    bool *concerned)
{
    struct outlook outlook = {
        .settings = settings,
        .handover = handover,
        .log = {.threshold = SILENT, .file = settings->log_file, .sink = keep_line},
    };
    struct plan plan;

    outlook.log.context = &outlook;
    plan_read(config, strlen(config), settings, &outlook.log, &plan);
    *concerned = plan.concerned;
    if (plan.concerned) {
        plan_decide(&plan, look_up, &outlook);
    }
    plan_clear(&plan);
    return outlook.failed ? -1 : 0;
}
