/*
 * The plan decides, as at a create, and only its lookup is ours: it shows what the resolver does.
 * So whatever would make a create fail fails here with the same text.
 */
#include "shim/command/resolve/resolve.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "shim/base/names.h"
#include "shim/base/variables.h"
#include "shim/boxlite/document.h"
#include "shim/command/output/usage.h"
#include "shim/command/resolve/resolve_view.h"

#define SILENT ((enum log_level)(LOG_LEVEL_ERROR + 1))

struct request {
    const char *config; /* NULL: the rules are the command line's */
    const char *const *rules;
    size_t rule_count;
    bool json;
};

struct asking {
    struct resolution *resolution;
    const struct terminal *out; /* NULL: nothing is shown meanwhile */
};

/* EXIT_GOOD; or what to return, with a message if the command line is wrong. */
static int read_request(int argc, char **argv, struct request *out)
{
    static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;

    *out = (struct request){0};
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        switch (option) {
        case 'c':
            out->config = optarg;
            break;
        case 'j':
            out->json = true;
            break;
        case 'h':
            return USAGE_HELP;
        default:
            usage_bad_option("resolve", known, argv, option);
            return EXIT_FAILED;
        }
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

/* A plan_lookup_fn. */
static void look_up(void *context, const struct resolver_options *options,
                    struct resolver_host *hosts, size_t count,
                    const struct resolver_observer *observer)
{
    const struct asking *const asking = context;
    struct resolution *const resolution = asking->resolution;

    (void)observer; /* the plan's own, for the log */
    resolution->hosts = hosts;
    resolution->host_count = count;
    resolution->nameservers_named =
        resolver_nameservers(options, resolution->nameservers, sizeof(resolution->nameservers));
    if (asking->out != NULL) {
        resolve_print_head(resolution, asking->out);
    }
    view_run(asking->out, options, hosts, count);
}

bool resolve_is_fatal(const struct resolution *resolution, size_t index,
                      const struct resolver_host *host)
{
    const struct allow_host *const wanted = &resolution->plan->list.hosts[index];

    if (host->outcome == RESOLVER_RESOLVED) {
        return false;
    }
    return wanted->exact || !resolution->settings->lenient_wildcards ||
           (host->outcome != RESOLVER_NO_SUCH_HOST && host->outcome != RESOLVER_NO_ADDRESS &&
            host->outcome != RESOLVER_IPV6_ONLY);
}

static int resolve(const struct document *document, const struct settings *settings, bool json)
{
    const struct log log = {.threshold = SILENT};
    struct resolution resolution = {.settings = settings};
    struct asking asking = {.resolution = &resolution};
    struct terminal out;
    struct plan plan;
    int status;

    terminal_open(stdout, &out);
    asking.out = json ? NULL : &out;
    plan_read(document->json, document->length, settings, &log, &plan);
    resolution.plan = &plan;
    if (plan.concerned) {
        plan_decide(&plan, look_up, &asking);
    }
    status = plan.verdict == PLAN_REFUSED ? EXIT_BAD : EXIT_GOOD;
    if (!json) {
        resolve_print_end(&resolution, &out);
    } else if (resolve_print_json(&resolution) != 0) {
        status = EXIT_FAILED;
    }
    plan_clear(&plan);
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
                       "warning: BOXLITE_ALLOWNET=%s is set, with which no create is refused or "
                       "repaired: this is what would be with BOXLITE_ALLOWNET=on",
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
