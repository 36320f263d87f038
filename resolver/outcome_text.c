/* Outcomes in words, for the refusal text and the log. */
#include <stdio.h>
#include <string.h>

#include <ares.h>

#include "resolver/resolver.h"

const char *resolver_library_version(void)
{
    return ares_version(NULL);
}

const char *resolver_outcome_text(enum resolver_outcome outcome)
{
    switch (outcome) {
    case RESOLVER_UNTRIED:
        return "was not looked up";
    case RESOLVER_RESOLVED:
        return "resolved";
    case RESOLVER_NO_ANSWER:
        return "no answer";
    case RESOLVER_NO_SUCH_HOST:
        return "no such host (NXDOMAIN)";
    case RESOLVER_NO_ADDRESS:
        return "no IPv4 address";
    case RESOLVER_IPV6_ONLY:
        return "only IPv6 addresses; the guest network is IPv4";
    case RESOLVER_SINKHOLED:
        return "answered 0.0.0.0 (sinkholed upstream)";
    case RESOLVER_SERVER_ERROR:
        return "server failure (SERVFAIL)";
    case RESOLVER_REFUSED:
        return "refused by the nameserver (REFUSED)";
    case RESOLVER_UNREACHABLE:
        return "no nameserver could be reached";
    case RESOLVER_BAD_ANSWER:
        return "an unusable answer from the nameserver";
    case RESOLVER_CANCELLED:
        return "cancelled";
    case RESOLVER_NO_MEMORY:
        return "out of memory";
    case RESOLVER_SYSTEM_ERROR:
        return "out of file descriptors or sockets";
    case RESOLVER_CUT:
        return "the answer needs TCP, and TCP to the nameserver failed";
    case RESOLVER_NO_RANDOMNESS:
        return "no randomness from getrandom or /dev/urandom, so a forged answer would be believed";
    }
    return "unknown";
}

/* Attempts are told where more of them could have helped. */
static bool outcome_counts_attempts(const struct resolver_host *host)
{
    return host->outcome != RESOLVER_UNTRIED && host->outcome != RESOLVER_RESOLVED &&
           host->outcome != RESOLVER_IPV6_ONLY && host->outcome != RESOLVER_CANCELLED &&
           host->outcome != RESOLVER_NO_RANDOMNESS &&
           strcmp(host->source, RESOLVER_HOSTS_FILE) != 0;
}

/* "20 s", "1.5 s", "0.05 s". */
static void seconds_format(unsigned milliseconds, char *buffer, size_t size)
{
    unsigned fraction = milliseconds % 1000;
    int digits = 3;

    while (digits > 0 && fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    if (digits == 0) {
        (void)snprintf(buffer, size, "%u s", milliseconds / 1000);
    } else {
        (void)snprintf(buffer, size, "%u.%0*u s", milliseconds / 1000, digits, fraction);
    }
}

/* A name that is not there may be meant with a domain behind it. */
static const char *search_text(const struct resolver_host *host)
{
    if (host->outcome != RESOLVER_NO_SUCH_HOST && host->outcome != RESOLVER_NO_ADDRESS) {
        return "";
    }
    switch (host->search) {
    case RESOLVER_SEARCHED:
        return ", nor with a domain of the search list";
    case RESOLVER_NO_SEARCH_LIST:
        return " (not searched for: no search list in /etc/resolv.conf)";
    case RESOLVER_NOT_SEARCHED:
        break;
    }
    return "";
}

static const char *outcome_text(const struct resolver_host *host)
{
    if (host->outcome == RESOLVER_SINKHOLED && strcmp(host->source, RESOLVER_HOSTS_FILE) == 0) {
        return "0.0.0.0 in /etc/hosts";
    }
    return resolver_outcome_text(host->outcome);
}

void resolver_explain(const struct resolver_options *options, const struct resolver_host *host,
                      char *buffer, size_t size)
{
    static const char *const no_server = " (no nameserver in /etc/resolv.conf)";
    bool counted = outcome_counts_attempts(host) && host->attempts > 0;
    char budget[32];
    char attempts[48] = "";
    char used_up[80] = "";
    char error[80] = "";

    seconds_format(options->budget_ms, budget, sizeof(budget));
    if (host->outcome == RESOLVER_UNTRIED && host->out_of_budget) {
        (void)snprintf(buffer, size, "budget of %s used up", budget);
        return;
    }
    if (counted) {
        (void)snprintf(attempts, sizeof(attempts), " after %u attempt%s", host->attempts,
                       host->attempts == 1 ? "" : "s");
    }
    if (counted && host->out_of_budget) {
        (void)snprintf(used_up, sizeof(used_up), ", then the budget of %s was used up", budget);
    }
    if (host->error != 0 &&
        (host->outcome == RESOLVER_UNREACHABLE || host->outcome == RESOLVER_SYSTEM_ERROR)) {
        (void)snprintf(error, sizeof(error), ": %s", strerror(host->error));
    }
    (void)snprintf(buffer, size, "%s%s%s%s%s%s", outcome_text(host), attempts, used_up,
                   counted && host->no_nameserver ? no_server : "", error, search_text(host));
}
