/* Writes what was learned as JSON; docs/schema/resolve.json says what is in it. */
#include <string.h>

#include "shim/command/output/json.h"
#include "shim/command/resolve/resolution.h"

/* Stable words for a program; the text beside them may change. */
static const char *outcome_word(enum resolver_outcome outcome)
{
    switch (outcome) {
    case RESOLVER_UNTRIED:
        return "untried";
    case RESOLVER_RESOLVED:
        return "resolved";
    case RESOLVER_NO_ANSWER:
        return "no_answer";
    case RESOLVER_NO_SUCH_HOST:
        return "no_such_host";
    case RESOLVER_NO_ADDRESS:
        return "no_address";
    case RESOLVER_IPV6_ONLY:
        return "ipv6_only";
    case RESOLVER_SINKHOLED:
        return "sinkholed";
    case RESOLVER_SERVER_ERROR:
        return "server_error";
    case RESOLVER_REFUSED:
        return "refused";
    case RESOLVER_UNREACHABLE:
        return "unreachable";
    case RESOLVER_BAD_ANSWER:
        return "bad_answer";
    case RESOLVER_CANCELLED:
        return "cancelled";
    case RESOLVER_NO_MEMORY:
        return "no_memory";
    case RESOLVER_SYSTEM_ERROR:
        return "system_error";
    case RESOLVER_CUT:
        return "cut";
    case RESOLVER_NO_RANDOMNESS:
        return "no_randomness";
    }
    return "unknown";
}

static json_t *make_host(const struct resolution *resolution, const struct resolver_host *host,
                         bool fatal, bool *failed)
{
    json_t *const object = json_object();
    json_t *const addresses = json_array();
    char cause[512];

    resolver_explain(&resolution->settings->resolver, host, cause, sizeof(cause));
    for (size_t i = 0; i < host->address_count; i++) {
        output_add(addresses, output_address(&host->addresses[i]), failed);
    }
    output_put(object, "name", output_text(host->name), failed);
    output_put(object, "outcome", output_text(outcome_word(host->outcome)), failed);
    output_put(object, "cause", output_text(host->outcome != RESOLVER_RESOLVED ? cause : NULL),
               failed);
    output_put(object, "fatal", json_boolean(fatal), failed);
    output_put(object, "attempts", json_integer(host->attempts), failed);
    output_put(object, "elapsed_ms", json_integer(host->elapsed_ms), failed);
    output_put(object, "source", output_text_or_null(host->source), failed);
    output_put(object, "addresses", addresses, failed);
    return object;
}

static json_t *make_configured(const struct allow_host *host, bool *failed)
{
    json_t *const object = json_object();
    json_t *const addresses = json_array();

    if (host->unusable == NULL) {
        output_add(addresses, output_address(&host->address), failed);
    }
    output_put(object, "name", output_text(host->name), failed);
    output_put(object, "outcome", output_text("configured"), failed);
    output_put(object, "cause",
               output_text(host->unusable != NULL ? "its record is no IPv4 address" : NULL),
               failed);
    output_put(object, "fatal", json_boolean(host->unusable != NULL), failed);
    output_put(object, "attempts", json_integer(0), failed);
    output_put(object, "elapsed_ms", json_integer(0), failed);
    output_put(object, "source", output_text("dns_zones"), failed);
    output_put(object, "addresses", addresses, failed);
    return object;
}

static json_t *make_hosts(const struct resolution *resolution, bool *failed)
{
    const struct allowlist *const list = &resolution->plan->list;
    json_t *const array = json_array();

    for (size_t i = 0; i < list->host_count; i++) {
        const struct allow_host *const host = &list->hosts[i];
        const struct resolver_host *const answer = answers_find(resolution->answers, host->name);

        if (host->configured) {
            output_add(array, make_configured(host, failed), failed);
        } else if (answer != &resolution->answers->missing) {
            output_add(array,
                       make_host(resolution, answer, plan_is_fatal(resolution->plan, host, answer),
                                 failed),
                       failed);
        } /* else not looked up: the rules are refused as they stand */
    }
    return array;
}

static json_t *make_nameservers(const struct resolution *resolution, bool *failed)
{
    json_t *const array = json_array();
    const char *at = resolution->nameservers;

    while (*at != '\0') {
        const size_t length = strcspn(at, ",");

        output_add(array, json_stringn(at, length), failed);
        at += length;
        at += strspn(at, ", ");
    }
    return array;
}

static const char *verdict_word(const struct plan *plan)
{
    if (plan->verdict == PLAN_REFUSED) {
        return "refused";
    }
    return plan->in_scope ? "created" : "unconcerned";
}

int resolve_print_json(const struct resolution *resolution)
{
    json_t *const root = json_object();
    bool failed = false;

    output_put(root, "verdict", output_text(verdict_word(resolution->plan)), &failed);
    output_put(
        root, "refusal",
        output_text(resolution->plan->verdict == PLAN_REFUSED ? resolution->plan->refusal : NULL),
        &failed);
    output_put(root, "nameservers", make_nameservers(resolution, &failed), &failed);
    output_put(root, "hosts", make_hosts(resolution, &failed), &failed);
    return output_finish("resolve", root, failed);
}
