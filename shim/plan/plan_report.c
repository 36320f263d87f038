/* The messages are those of boxlite's own pull request #645, so that log searches work for both. */
#include "shim/plan/plan_report.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

static void report_retrying(void *context, const struct resolver_host *host, unsigned delay_ms)
{
    const struct plan_report *report = context;
    char quoted[200];

    log_line(report->log, LOG_LEVEL_WARN,
             "allowNet: DNS resolution failed, will retry hostname=%s attempt=%u next_delay=%ums "
             "error=%s",
             host->name, host->attempts, delay_ms,
             log_quote(resolver_outcome_text(host->outcome), quoted, sizeof(quoted)));
}

/* "192.0.2.1,192.0.2.2", as many as fit; a host may have a thousand. */
static void format_addresses(const struct resolver_host *host, char *buffer, size_t size)
{
    size_t used = 0;

    buffer[0] = '\0';
    for (size_t i = 0; i < host->address_count; i++) {
        if (size - used < INET_ADDRSTRLEN + 5) {
            memcpy(buffer + used, ",...", 5);
            return;
        }
        if (i > 0) {
            buffer[used++] = ',';
        }
        inet_ntop(AF_INET, &host->addresses[i], buffer + used, INET_ADDRSTRLEN);
        used += strlen(buffer + used);
    }
}

static void report_settled(void *context, const struct resolver_host *host)
{
    const struct plan_report *report = context;
    char text[512];
    char quoted[600];

    if (host->outcome == RESOLVER_RESOLVED) {
        if (host->attempts > 1) {
            log_line(report->log, LOG_LEVEL_INFO,
                     "allowNet: DNS resolution succeeded after retry hostname=%s attempt=%u",
                     host->name, host->attempts);
        }
        if (host->found_as[0] != '\0') {
            /* A rule with a dot means that very name; one without is always searched for. */
            log_line(report->log, strchr(host->name, '.') != NULL ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
                     "allowNet: host found through the search list hostname=%s full_name=%s",
                     host->name, host->found_as);
        }
        format_addresses(host, text, sizeof(text));
        log_line(report->log, LOG_LEVEL_INFO,
                 "allowNet: host resolved hostname=%s v4_count=%zu v4_ips=%s", host->name,
                 host->address_count, text);
        return;
    }
    resolver_explain(&report->settings->resolver, host, text, sizeof(text));
    log_line(report->log, LOG_LEVEL_ERROR,
             "allowNet: DNS resolution failed after retries hostname=%s attempts=%u error=%s",
             host->name, host->attempts, log_quote(text, quoted, sizeof(quoted)));
}

struct resolver_observer report_observer(const struct plan_report *report)
{
    return (struct resolver_observer){
        .context = (void *)report, .retrying = report_retrying, .settled = report_settled};
}

void report_missing(const struct plan_report *report, const char *name,
                    const struct resolver_host *answer)
{
    struct resolver_host host = *answer;

    host.name = name;
    report_settled((void *)report, &host);
}

void report_doubtful_rules(const struct plan_report *report, const struct config *config,
                           const struct allowlist *list)
{
    for (size_t i = 0; i < list->rule_count; i++) {
        const struct rule *rule = &list->rules[i].rule;

        if (rule->trailing_dot) {
            log_line(
                report->log, LOG_LEVEL_WARN,
                "allowNet: rule \"%s\" ends in a dot: its name resolves in the guest, but this "
                "boxlite's TCP filter will not match it; write \"%s%s\"",
                rule->text, rule->kind == RULE_WILDCARD ? "*." : "", rule->name);
        }
        if (rule->kind == RULE_WILDCARD && config_has_zone(config, rule->name)) {
            log_line(report->log, LOG_LEVEL_WARN,
                     "allowNet: rule \"%s\" has no effect: dns_zones configures the zone \"%s.\", "
                     "whose own default stays",
                     rule->text, rule->name);
        }
    }
}
