/*
 * What c-ares reports, turned into verdicts. Callbacks run inside of c-ares and only note what
 * happened and queue their attempt; all asking is done by batch_advance, outside of c-ares.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "resolver/attempt.h"

void attempt_queue(struct batch *batch, struct attempt *attempt)
{
    if (attempt->queued || attempt->answered) {
        return;
    }
    attempt->queued = true;
    attempt->next_queued = NULL;
    *batch->queue_end = attempt;
    batch->queue_end = &attempt->next_queued;
}

/* Where nameservers differ: words about the name tell more than silence, silence than no way there.
 */
static int failure_weight(enum resolver_outcome failure)
{
    static const enum resolver_outcome by_weight[] = {
        RESOLVER_UNREACHABLE, RESOLVER_NO_ANSWER, RESOLVER_SYSTEM_ERROR, RESOLVER_NO_MEMORY,
        RESOLVER_BAD_ANSWER,  RESOLVER_CUT,       RESOLVER_REFUSED,      RESOLVER_SERVER_ERROR,
    };

    for (size_t i = 0; i < sizeof(by_weight) / sizeof(by_weight[0]); i++) {
        if (by_weight[i] == failure) {
            return (int)i;
        }
    }
    return -1;
}

bool attempt_note_failure(struct attempt *attempt, enum resolver_outcome failure)
{
    bool tells_more = failure_weight(failure) > failure_weight(attempt->failure);

    if (tells_more) {
        attempt->failure = failure;
    }
    return tells_more;
}

enum resolver_outcome answer_failure(int status, const struct channel *channel)
{
    switch (status) {
    case ARES_ESERVFAIL:
        return RESOLVER_SERVER_ERROR;
    case ARES_EREFUSED:
        return RESOLVER_REFUSED;
    case ARES_ENOMEM:
        return RESOLVER_NO_MEMORY;
    case ARES_EFILE:
        return RESOLVER_SYSTEM_ERROR;
    case ARES_ECONNREFUSED:
    case ARES_ETIMEOUT:
        if (channel != NULL && channel->socket_shortage) {
            return RESOLVER_SYSTEM_ERROR;
        }
        if (channel != NULL && channel->used_tcp) {
            return RESOLVER_CUT;
        }
        return status == ARES_ETIMEOUT ? RESOLVER_NO_ANSWER : RESOLVER_UNREACHABLE;
    default:
        /* FORMERR, NOTIMP, what cannot be parsed. */
        return RESOLVER_BAD_ANSWER;
    }
}

/* c-ares 1.27 reports a closed port as a timeout. */
static int true_status(int status, const struct channel *channel)
{
    bool refused = status == ARES_ETIMEOUT && !channel->used_tcp && channel->socket_error;

    return refused ? ARES_ECONNREFUSED : status;
}

static size_t result_count(const struct ares_addrinfo *result, int family)
{
    size_t count = 0;

    for (const struct ares_addrinfo_node *node = result != NULL ? result->nodes : NULL;
         node != NULL; node = node->ai_next) {
        count += node->ai_family == family ? 1 : 0;
    }
    return count;
}

static void attempt_take_addresses(struct attempt *attempt, const struct ares_addrinfo *result,
                                   size_t count)
{
    struct in_addr *addresses = calloc(count, sizeof(*addresses));
    size_t at = 0;

    if (addresses == NULL) {
        attempt->verdict = RESOLVER_NO_MEMORY;
        return;
    }
    for (const struct ares_addrinfo_node *node = result->nodes; node != NULL;
         node = node->ai_next) {
        struct sockaddr_in address;
        if (node->ai_family != AF_INET) {
            continue;
        }
        memcpy(&address, node->ai_addr, sizeof(address));
        if (address.sin_addr.s_addr == htonl(INADDR_ANY)) {
            free(addresses);
            attempt->verdict = RESOLVER_SINKHOLED;
            return;
        }
        addresses[at++] = address.sin_addr;
    }
    attempt->addresses = addresses;
    attempt->address_count = count;
    attempt->verdict = RESOLVER_RESOLVED;
}

/* c-ares does not say whether it found the name in the hosts file, which it reads at once where
   files come before dns, and else when DNS has failed. */
static const char *query_source(const struct query *query, int status)
{
    const struct batch *batch = query->batch;

    if (query->attempt->asking) {
        return status == ARES_SUCCESS ? "/etc/hosts" : NULL;
    }
    return status == ARES_SUCCESS && batch->options.dns_first
               ? NULL
               : batch->servers.list[query->server].text;
}

static bool is_reply(enum resolver_outcome failure)
{
    return failure == RESOLVER_SERVER_ERROR || failure == RESOLVER_REFUSED ||
           failure == RESOLVER_BAD_ANSWER || failure == RESOLVER_CUT;
}

static void answered_a(struct query *query, int status, const struct ares_addrinfo *result)
{
    struct attempt *attempt = query->attempt;
    size_t count = status == ARES_SUCCESS ? result_count(result, AF_INET) : 0;

    attempt->waiting--;
    if (count > 0) {
        attempt->source = query_source(query, status);
        attempt_take_addresses(attempt, result, count);
    } else if (status == ARES_ENOTFOUND) {
        /* The verdict of one server does not undo "no A" of another. */
        if (!attempt->no_v4) {
            attempt->source = query_source(query, status);
            attempt->verdict = RESOLVER_NO_SUCH_HOST;
        }
    } else if (status == ARES_ENODATA || status == ARES_SUCCESS) {
        if (!attempt->no_v4) {
            attempt->no_v4 = true;
            attempt->source = query_source(query, status);
            attempt->v6_server = query->server;
            attempt->v6_channel = query->channel;
        }
    } else {
        status = true_status(status, query->channel);
        if (attempt_note_failure(attempt, answer_failure(status, query->channel)) &&
            !attempt->no_v4) {
            attempt->source = is_reply(attempt->failure) ? query_source(query, status) : NULL;
        }
    }
    attempt_queue(query->batch, attempt);
}

static void answered_aaaa(struct query *query, int status, const struct ares_addrinfo *result)
{
    bool v6 = status == ARES_SUCCESS && result_count(result, AF_INET6) > 0;

    /* A lost AAAA proves nothing: the attempt failed, and the next one asks again. */
    query->attempt->verdict = v6 ? RESOLVER_IPV6_ONLY : RESOLVER_NO_ADDRESS;
    attempt_queue(query->batch, query->attempt);
}

static void query_unlink(struct query *query)
{
    struct query **link = &query->attempt->queries;

    while (*link != query) {
        link = &(*link)->next;
    }
    *link = query->next;
}

void answer_take(void *context, int status, int timeouts, struct ares_addrinfo *result)
{
    struct query *query = context;
    bool dropped = status == ARES_ECANCELLED || status == ARES_EDESTRUCTION;

    (void)timeouts;
    if (!dropped && !query->closed && !query->attempt->answered &&
        query->attempt->verdict == RESOLVER_UNTRIED) {
        if (query->type == DNS_TYPE_A) {
            answered_a(query, status, result);
        } else {
            answered_aaaa(query, status, result);
        }
    }
    query_unlink(query);
    free(query);
    ares_freeaddrinfo(result);
}

/* Compares a name in wire format with a host name, labels and all. */
static bool wire_name_is(const unsigned char *wire, const char *name)
{
    while (*wire != 0) {
        size_t length = *wire++;
        if (strnlen(name, length) < length || strncasecmp((const char *)wire, name, length) != 0) {
            return false;
        }
        wire += length;
        name += length;
        if (*wire != 0 && *name++ != '.') {
            return false;
        }
    }
    return *name == '\0';
}

void answer_cut(void *context, const struct channel *channel, const unsigned char *name,
                unsigned type)
{
    struct batch *batch = context;

    for (size_t i = 0; i < batch->count; i++) {
        struct attempt *attempt = &batch->attempts[i];
        if (attempt->answered || !wire_name_is(name, attempt->host.name)) {
            continue;
        }
        for (struct query *query = attempt->queries; query != NULL; query = query->next) {
            if (query->type == type && query->channel == channel) {
                query->cut = true;
                attempt_queue(batch, attempt);
            }
        }
    }
}
