/* Writes what was learned as text, a line for each host. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/command/resolve/resolution.h"
#include "zones/text.h"

#define INDENT TERMINAL_MARKED

void resolve_print_head(const struct resolution *resolution, const struct terminal *out)
{
    const struct allowlist *const list = &resolution->plan->list;
    const char *from = "/etc/resolv.conf";

    if (resolution->settings->resolver.servers != NULL) {
        from = "BOXLITE_ALLOWNET_SERVERS";
    } else if (!resolution->nameservers_named) {
        from = "no nameserver is named in /etc/resolv.conf";
    }
    terminal_wrap(out, TERMINAL_PLAIN, 0, INDENT, "Nameservers: %s (%s)", resolution->nameservers,
                  from);
    for (size_t i = 0; i < list->host_count; i++) {
        if (list->hosts[i].wildcard && !list->hosts[i].configured) {
            terminal_wrap(out, TERMINAL_PLAIN, 0, INDENT,
                          "For *.%s, %s is looked up: its address answers the names below it",
                          list->hosts[i].name, list->hosts[i].name);
        }
    }
    fflush(out->stream);
}

static void add_time(struct text *text, unsigned elapsed_ms)
{
    if (elapsed_ms < 1000) {
        text_format(text, "%u ms", elapsed_ms);
    } else {
        text_format(text, "%u.%u s", elapsed_ms / 1000, elapsed_ms % 1000 / 100);
    }
}

static void add_outcome(struct text *text, const struct resolver_host *host)
{
    char address[INET_ADDRSTRLEN];

    if (host->outcome != RESOLVER_RESOLVED) {
        text_add_string(text, resolver_outcome_text(host->outcome));
        if (host->out_of_budget) {
            text_add_string(text, ": the budget of time was used up");
        }
        return;
    }
    for (size_t i = 0; i < host->address_count; i++) {
        inet_ntop(AF_INET, &host->addresses[i], address, sizeof(address));
        text_format(text, "%s%s", i > 0 ? ", " : "", address);
    }
}

/* "2 attempts, 2.1 s, 192.0.2.53:53: 192.0.2.1". The caller frees it. */
static char *describe(const struct resolver_host *host)
{
    struct text text = {0};

    text_format(&text, "%u attempt%s, ", host->attempts, host->attempts == 1 ? "" : "s");
    add_time(&text, host->elapsed_ms);
    if (host->source[0] != '\0') {
        text_format(&text, ", %s", host->source);
    }
    text_add_string(&text, ": ");
    add_outcome(&text, host);
    return text_take(&text);
}

/* Behind the mark: the name, and what is told of it. */
static void print_line(const struct terminal *out, const char *name, size_t column,
                       const char *text)
{
    const size_t length = strlen(name);
    const size_t at = INDENT + (length > column ? length : column) + 2;

    fprintf(out->stream, "%-*s", (int)column, name);
    if (at + 24 > out->width) { /* too long a name: the rest on a line of its own */
        fprintf(out->stream, "\n%*s", (int)INDENT, "");
    } else {
        fputs("  ", out->stream);
    }
    terminal_wrap(out, TERMINAL_PLAIN, at + 24 > out->width ? INDENT : (unsigned)at, INDENT, "%s",
                  text);
    fflush(out->stream);
}

void resolve_print_host(const struct terminal *out, const struct resolver_host *host, size_t column)
{
    char *const text = describe(host);

    terminal_mark(out, host->outcome == RESOLVER_RESOLVED);
    print_line(out, host->name, column, text != NULL ? text : "out of memory");
    free(text);
}

void resolve_print_retry(const struct terminal *out, const struct resolver_options *options,
                         const struct resolver_host *host, unsigned delay_ms, size_t column)
{
    char text[160];

    snprintf(text, sizeof(text), "%s; attempt %u of %u in %u ms",
             resolver_outcome_text(host->outcome), host->attempts + 1, options->attempts, delay_ms);
    fprintf(out->stream, "%*s", (int)INDENT, "");
    print_line(out, host->name, column, text);
}

/* Records that answer in place of DNS. */
static void print_configured(const struct resolution *resolution, const struct terminal *out)
{
    const struct allowlist *const list = &resolution->plan->list;

    for (size_t i = 0; i < list->host_count; i++) {
        const struct allow_host *const host = &list->hosts[i];
        char address[INET_ADDRSTRLEN] = "no IPv4 address";

        if (!host->configured) {
            continue;
        }
        if (host->unusable == NULL) {
            inet_ntop(AF_INET, &host->address, address, sizeof(address));
        }
        terminal_mark(out, host->unusable == NULL);
        terminal_wrap(out, TERMINAL_PLAIN, INDENT, INDENT,
                      "%s  not looked up, dns_zones has it: %s", host->name, address);
    }
}

static void print_lenient(const struct resolution *resolution, const struct terminal *out)
{
    size_t count = 0;

    if (resolution->plan->verdict == PLAN_REFUSED) {
        return;
    }
    for (size_t i = 0; i < resolution->answers->count; i++) {
        count += resolution->answers->hosts[i].outcome != RESOLVER_RESOLVED;
    }
    if (count > 0) {
        terminal_wrap(out, TERMINAL_WARN, 0, 2,
                      "BOXLITE_ALLOWNET_WILDCARD=lenient lets a wildcard's domain without address "
                      "pass: names below it are denied.");
    }
}

void resolve_print_end(const struct resolution *resolution, const struct terminal *out)
{
    const struct plan *const plan = resolution->plan;

    print_configured(resolution, out);
    print_lenient(resolution, out);
    if (plan->verdict == PLAN_REFUSED) {
        terminal_wrap(out, TERMINAL_BAD, 0, 2, "The create would be refused: %s", plan->refusal);
    } else if (!plan->in_scope) {
        terminal_wrap(out, TERMINAL_GOOD, 0, 2,
                      "No rule names a host: nothing is to be looked up.");
    } else {
        terminal_wrap(out, TERMINAL_GOOD, 0, 2, "The create would go on: %zu host%s.",
                      plan->list.host_count, plan->list.host_count == 1 ? "" : "s");
    }
}
