/* The command: its options, the plan with answers from where they are wanted, the report. */
#include "shim/command/explain/explain.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/names.h"
#include "shim/base/variables.h"
#include "shim/boxlite/document.h"
#include "shim/command/explain/answers_file.h"
#include "shim/command/explain/report.h"
#include "shim/command/output/usage.h"
#include "shim/plan/plan.h"
#include "zones/hostname.h"

struct arguments {
    const char *config;
    const char *answers; /* NULL: the resolver */
    const char **queries;
    size_t query_count;
    bool json;
};

/* The names without the dot that may end them; false, and a message, where one is none. */
static bool check_queries(struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->query_count; i++) {
        char *const name = (char *)arguments->queries[i]; /* of argv */
        size_t length = strlen(name);
        struct span where;

        if (length > 1 && name[length - 1] == '.') {
            name[--length] = '\0';
        }
        if (hostname_check((struct span){.at = name, .length = length}, &where) != HOSTNAME_OK) {
            usage_error("explain", "--query \"%s\" is no name that a guest could ask for", name);
            return false;
        }
    }
    return true;
}

/* `out` has room for argc queries. 0; or what to return, with a message where the command was used
   wrongly. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
    const struct usage_option options[] = {
        {"answers", .values = &out->answers},
        {"query", .values = out->queries, .count = &out->query_count},
        {"json", .flag = &out->json},
        {0}};
    const int status = usage_options("explain", options, false, argc, argv);

    if (status != 0) {
        return status;
    }
    if (!check_queries(out)) {
        return EXIT_FAILED;
    }
    if (optind == argc) {
        usage_error("explain", "there is no CONFIG to explain");
        return EXIT_FAILED;
    }
    if (optind + 1 < argc) {
        usage_error("explain", "one CONFIG at a time, not \"%s\" as well", argv[optind + 1]);
        return EXIT_FAILED;
    }
    out->config = argv[optind];
    if (out->answers != NULL && strcmp(out->config, "-") == 0 && strcmp(out->answers, "-") == 0) {
        usage_error("explain", "cannot read both CONFIG and FILE from standard input");
        return EXIT_FAILED;
    }
    return 0;
}

static int complain(const char *text)
{
    usage_complain("explain", "%s", text);
    return -1;
}

static int read_document(const char *path, struct document *out)
{
    char text[2 * PATH_MAX];
    const char *const fault = document_fault(document_load(path, out), path, text, sizeof(text));

    return fault == NULL ? 0 : complain(fault);
}

/* Whether there is something to explain in what was read. */
static int check_plan(const char *path, const struct plan *plan)
{
    if (plan->list.rule_count > 0) {
        return 0;
    }
    if (plan->verdict == PLAN_REFUSED) {
        return complain(plan->refusal);
    }
    usage_complain("explain",
                   "%s names no rule in allow_net: such a box is not filtered, and nothing is "
                   "repaired",
                   strcmp(path, "-") == 0 ? "standard input" : path);
    return -1;
}

static int write_report(const struct arguments *arguments, enum document_kind kind,
                        const struct settings *settings, const struct plan *plan,
                        const struct answers *answers)
{
    struct report report = {.path = arguments->config,
                            .kind = kind,
                            .settings = settings,
                            .plan = plan,
                            .answers = answers};
    int status = -1;

    if (report_make(&report, arguments->queries, arguments->query_count) != 0) {
        status = complain("out of memory");
    } else {
        status = arguments->json ? report_write_json(&report) : report_write_text(&report);
    }
    report_clear(&report);
    return status;
}

/* From the file, if there is one, else from the resolver. */
static int find_answers(const struct arguments *arguments, const struct plan *plan,
                        struct answers *out)
{
    if (arguments->answers != NULL) {
        return answers_file_read(arguments->answers, &plan->settings->resolver, out);
    }
    answers_resolve(&plan->list, &plan->settings->resolver, NULL, out);
    return out->failed ? complain("out of memory") : 0;
}

static int explain(const struct arguments *arguments)
{
    struct settings settings;
    struct document document = {0};
    struct plan plan = {0};
    struct answers answers = {0};
    int status = -1;

    settings_read(variables_all(), &settings);
    settings.mode = SETTINGS_ON; /* what would happen, not what does */
    if (settings.doubt[0] != '\0') {
        usage_complain("explain", "warning: %s", settings.doubt);
    }
    if (read_document(arguments->config, &document) != 0) {
        return -1;
    }
    plan_read_config(&document.config, document.duplicate, &settings, NULL, &plan);
    if (check_plan(arguments->config, &plan) != 0 ||
        find_answers(arguments, &plan, &answers) != 0) {
        goto out;
    }
    if (plan.in_scope) {
        plan_decide(&plan, &answers);
    }
    /* A refusal for want of memory has no text of its own, and is none of the rules. */
    if (plan.verdict == PLAN_REFUSED && plan.refusal_text == NULL) {
        status = complain("out of memory");
        goto out;
    }
    status = write_report(arguments, document.kind, &settings, &plan, &answers);
out:
    plan_clear(&plan);
    answers_clear(&answers);
    document_clear(&document);
    return status;
}

int explain_main(int argc, char **argv)
{
    struct arguments arguments = {.queries = calloc((size_t)argc + 1, sizeof(char *))};
    int status = EXIT_FAILED;

    if (arguments.queries == NULL) {
        complain("out of memory");
    } else {
        status = read_arguments(argc, argv, &arguments);
        if (status == 0) {
            status = explain(&arguments) == 0 ? 0 : EXIT_FAILED;
        }
    }
    free(arguments.queries);
    return status;
}
