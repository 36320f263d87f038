/*
 * The plan decides, as at a create; the lookup between its two steps shows what the resolver does.
 * So whatever would make a create fail fails here with the same text.
 */
#include "shim/command/resolve/resolve.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/names.h"
#include "shim/base/variables.h"
#include "shim/boxlite/document.h"
#include "shim/command/output/usage.h"
#include "shim/command/resolve/resolution.h"

struct request {
    const char *config; /* NULL: the rules are the command line's */
    const char *const *rules;
    size_t rule_count;
    bool json;
};

/* EXIT_GOOD; or what to return, with a message if the command line is wrong. */
static int read_request(int argc, char **argv, struct request *out)
{
    const struct usage_option options[] = {
        {"config", .values = &out->config}, {"json", .flag = &out->json}, {0}};
    int status;

    *out = (struct request){0};
    status = usage_options("resolve", options, false, argc, argv);
    if (status != 0) {
        return status;
    }
    out->rules = (const char *const *)argv + optind;
    out->rule_count = (size_t)(argc - optind);
    if (out->config != NULL && out->rule_count > 0) {
        usage_error("resolve", "either --config or hosts, not \"%s\" as well", out->rules[0]);
        return EXIT_FAILED;
    }
    if (out->config == NULL && out->rule_count == 0) {
        usage_error("resolve", "there is no host to look up");
        return EXIT_FAILED;
    }
    return EXIT_GOOD;
}

static bool read_document(const struct request *request, struct document *out)
{
    const enum document_status status =
        request->config != NULL ? document_load(request->config, out)
                                : document_from_rules(request->rules, request->rule_count, out);
    char text[2 * PATH_MAX];
    const char *const fault =
        document_fault(status, request->config != NULL ? request->config : "-", text, sizeof(text));

    if (fault != NULL) {
        usage_complain("resolve", "%s", fault);
    }
    return fault == NULL;
}

/* Where hosts are shown while they are looked up. */
struct view {
    const struct terminal *out;
    const struct resolver_options *options;
    size_t column; /* width of the names */
};

/* Of interest to somebody who waits for the rest. */
static void on_retrying(void *context, const struct resolver_host *host, unsigned delay_ms)
{
    const struct view *const view = context;

    if (view->out->is_live) {
        resolve_print_retry(view->out, view->options, host, delay_ms, view->column);
    }
}

static void on_settled(void *context, const struct resolver_host *host)
{
    const struct view *const view = context;

    resolve_print_host(view->out, host, view->column);
}

/* Names of more than half a line are not lined up. */
static size_t name_column(const struct terminal *out, const struct allowlist *list)
{
    size_t column = 0;

    for (size_t i = 0; i < list->host_count; i++) {
        const size_t length = strlen(list->hosts[i].name);

        if (!list->hosts[i].configured && length > column && length <= out->width / 2 - 8) {
            column = length;
        }
    }
    return column;
}

/* Looks the plan's hosts up, and shows what is learned where `out` is not NULL. */
static void look_up(struct resolution *resolution, const struct terminal *out,
                    struct answers *answers)
{
    const struct allowlist *const list = &resolution->plan->list;
    const struct resolver_options *const options = &resolution->settings->resolver;
    const struct view view = {
        .out = out, .options = options, .column = out != NULL ? name_column(out, list) : 0};
    const struct resolver_observer observer = {
        .context = (void *)&view, .retrying = on_retrying, .settled = on_settled};

    resolution->nameservers_named =
        resolver_nameservers(options, resolution->nameservers, sizeof(resolution->nameservers));
    if (out != NULL) {
        resolve_print_head(resolution, out);
    }
    answers_resolve(list, options, out != NULL ? &observer : NULL, answers);
}

/* Whether there is a host that no configured record answers. */
static bool needs_lookup(const struct allowlist *list)
{
    for (size_t i = 0; i < list->host_count; i++) {
        if (!list->hosts[i].configured) {
            return true;
        }
    }
    return false;
}

static int resolve(struct document *document, const struct settings *settings, bool json)
{
    struct answers answers = {0};
    struct plan plan;
    struct resolution resolution = {.settings = settings, .plan = &plan, .answers = &answers};
    struct terminal out;
    int status;

    terminal_open(stdout, &out);
    plan_read_config(&document->config, document->duplicate, settings, NULL, &plan);
    /* Also where a rule is refused already: whoever mends it will want to know the rest. */
    if (plan.in_scope && (plan.verdict != PLAN_REFUSED || plan.list.bad_count > 0) &&
        needs_lookup(&plan.list)) {
        look_up(&resolution, json ? NULL : &out, &answers);
    }
    if (plan.in_scope) {
        plan_decide(&plan, &answers);
    }
    status = plan.verdict == PLAN_REFUSED ? EXIT_BAD : EXIT_GOOD;
    if (!json) {
        resolve_print_end(&resolution, &out);
    } else if (resolve_print_json(&resolution) != 0) {
        status = EXIT_FAILED;
    }
    plan_clear(&plan);
    answers_clear(&answers);
    return status;
}

int cli_resolve(int argc, char **argv)
{
    static struct settings settings;
    struct document document = {0};
    struct request request;
    int status;

    status = read_request(argc, argv, &request);
    if (status != EXIT_GOOD) {
        return status;
    }
    settings_read(variables_all(), &settings);
    if (settings.fault[0] != '\0') {
        usage_complain("resolve", "%s", settings.fault);
        return EXIT_FAILED;
    }
    if (settings.doubt[0] != '\0') {
        usage_complain("resolve", "warning: %s", settings.doubt);
    }
    if (settings.mode != SETTINGS_ON) {
        usage_complain("resolve",
                       "warning: BOXLITE_ALLOWNET=%s is set, so no create is refused or "
                       "repaired: this shows what BOXLITE_ALLOWNET=on would do",
                       settings_mode_name(settings.mode));
    }
    settings.mode = SETTINGS_ON;
    if (!read_document(&request, &document)) {
        return EXIT_FAILED;
    }
    status = resolve(&document, &settings, request.json);
    document_clear(&document);
    return status;
}
