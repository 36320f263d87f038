/*
 * gvproxy_create: the plan's verdict is carried out on the configuration before the original sees
 * it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/resolver.h"
#include "shim/base/keep.h"
#include "shim/boxlite/release.h"
#include "shim/plan/plan.h"
#include "shim/preload/bridge.h"
#include "shim/preload/getaddrinfo.h"
#include "shim/preload/hooks.h"
#include "shim/preload/log_callback.h"
#include "shim/preload/pins.h"
#include "shim/preload/process.h"

/*
 * The refusal as the original would report one: -1, and the text in memory that the bridge's
 * gvproxy_free_string frees (it is free(3)). An old bridge has no such argument, and its caller
 * learns nothing but the -1: there the text is on standard error as well as in the log.
 */
static long long fail(const struct bridge *bridge, const char *text, char **error_out)
{
    if (!bridge->two_arguments) {
        if (log_callback_is_set()) {
            log_to_stderr(NULL, LOG_LEVEL_ERROR, text);
        }
    } else if (error_out != NULL) {
        *error_out = strdup(text);
        /* Better one that says less than none; all of it is in the log. */
        if (*error_out == NULL) {
            *error_out = strdup("allowNet: out of memory");
        }
    }
    return -1;
}

static long long create_by_verdict(const struct bridge *bridge, struct plan *plan, char *json,
                                   char **error_out)
{
    struct pins pins;
    const char *fault;
    long long handle;

    if (plan->verdict == PLAN_REFUSED) {
        return fail(bridge, plan->refusal, error_out);
    }
    if (plan->settings->mode == SETTINGS_OBSERVE) {
        return bridge->create(json, error_out);
    }
    getaddrinfo_bind();
    fault = pins_add(&pins, plan, bridge);
    if (fault != NULL) {
        log_line(
            plan->log, LOG_LEVEL_INFO,
            "allowNet: the bridge's own lookups cannot be answered: %s; on Go's resolver it asks "
            "for each host once more, one after the other, 5 s where the first nameserver is "
            "silent",
            fault);
    }
    handle = bridge->create(plan->verdict == PLAN_REWRITTEN ? plan->json : json, error_out);
    pins_remove(&pins);
    return handle;
}

static long long resolve_and_create(const struct bridge *bridge, struct plan *plan, char *json,
                                    char **error_out)
{
    struct answers answers;
    long long handle;

    plan_resolve(plan, &answers);
    plan_decide(plan, &answers);
    handle = create_by_verdict(bridge, plan, json, error_out);
    answers_clear(&answers);
    return handle;
}

/* A bridge of no known build is a border: nothing says what its zones would become. */
static long long create_unknown(const struct bridge *bridge, const struct plan *plan, char *json,
                                char **error_out)
{
    static const char text[] =
        "allowNet: nothing in this bridge tells whether it needs the repair; use boxlite's own "
        "build of it; a release after " RELEASE_NEWEST " needs no repair: remove it, or set "
        "BOXLITE_ALLOWNET=off to start boxes unrepaired";
    const struct settings *settings = process_settings();

    if (settings->static_shims == SETTINGS_STATIC_WARN || settings->mode == SETTINGS_OBSERVE) {
        log_line(plan->log, LOG_LEVEL_WARN, "%s (started unrepaired)", text);
        return bridge->create(json, error_out);
    }
    log_line(plan->log, LOG_LEVEL_ERROR, "%s", text);
    return fail(bridge, text, error_out);
}

static long long create_by_health(const struct bridge *bridge, struct plan *plan, char *json,
                                  char **error_out)
{
    process_announce(plan->log);
    switch (bridge_health(bridge)) {
    case IMAGE_HEALTH_AFFECTED:
        return resolve_and_create(bridge, plan, json, error_out);
    case IMAGE_HEALTH_UNAFFECTED:
        log_line(plan->log, LOG_LEVEL_INFO,
                 "allowNet: this boxlite does not filter DNS any more; the repair does nothing and "
                 "can be removed");
        break;
    case IMAGE_HEALTH_UNKNOWN:
        return create_unknown(bridge, plan, json, error_out);
    }
    return bridge->create(json, error_out);
}

static void clear(struct plan *plan)
{
    KEEP_ERRNO;

    plan_clear(plan);
}

HOOK long long gvproxy_create(char *json, char **error_out)
{
    const struct settings *const settings = process_settings();
    struct bridge bridge;
    struct plan plan = {0};
    struct log log;
    long long handle;

    if (!bridge_find(__builtin_return_address(0), &bridge)) {
        log_to_stderr(NULL, LOG_LEVEL_ERROR,
                      "allowNet: gvproxy_create was called, but no bridge is loaded");
        return -1;
    }
    if (settings != NULL && json != NULL) {
        KEEP_ERRNO;

        log = process_log();
        plan_read(json, strlen(json), settings, &log, &plan);
    }
    handle = plan.in_scope ? create_by_health(&bridge, &plan, json, error_out)
                           : bridge.create(json, error_out);
    clear(&plan);
    return handle;
}

HOOK void boxlite_allownet_cancel(void)
{
    resolver_cancel_all();
}
