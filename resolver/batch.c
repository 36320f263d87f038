/*
 * Nameservers are asked one after the other, each through a channel of its own, and the turns are
 * managed here and not by c-ares. That way the verdict of each server is known (c-ares hides it
 * behind the last one), a late answer of an earlier server still counts, and the turns follow the
 * clock seam. Turn k begins k/n into the attempt, or as soon as all servers asked so far have
 * failed.
 *
 * The order of addresses is the answer's (ARES_AI_NOSORT): gvisor-tap-vsock v0.8.7 serves the first
 * record only (pkg/services/dns/dns.go), so the nameserver's rotation is all the balancing there
 * is, and sorting would open a socket per address.
 *
 * AAAA is asked of the server that said "no A", only to word the refusal.
 */
#include "resolver/batch.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/attempt.h"
#include "resolver/resolv_conf.h"

/* c-ares would give up by itself this much after the attempt: never first. */
enum { BACKSTOP_MS = 60000 };

static struct channel *batch_channel(struct batch *batch, enum channel_kind kind, size_t server,
                                     int *status)
{
    struct channel_options options = {
        .kind = kind,
        .server = &batch->servers.list[server],
        .timeout_ms = (int)batch->options.timeout_ms + BACKSTOP_MS,
        .dns_first = batch->options.dns_first,
        .cut = kind == CHANNEL_SHARED ? answer_cut : NULL,
        .context = batch,
    };
    struct channel *channel;

    if (kind == CHANNEL_SHARED && batch->shared[server] != NULL) {
        return batch->shared[server];
    }
    channel = channel_create(&options, status);
    if (channel == NULL) {
        return NULL;
    }
    if (kind == CHANNEL_SHARED) {
        batch->shared[server] = channel;
    } else {
        channel->next = batch->alone;
        batch->alone = channel;
    }
    return channel;
}

/* May answer at once, from the hosts file. Returns false if memory is short. */
static bool attempt_ask(struct batch *batch, struct attempt *attempt, struct channel *channel,
                        size_t server, unsigned type)
{
    struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT,
        .ai_family = type == DNS_TYPE_A ? AF_INET : AF_INET6,
        .ai_socktype = SOCK_STREAM,
    };
    struct query *query = calloc(1, sizeof(*query));

    if (query == NULL) {
        return false;
    }
    *query = (struct query){.batch = batch,
                            .attempt = attempt,
                            .channel = channel,
                            .server = server,
                            .type = type,
                            .next = attempt->queries};
    attempt->queries = query;
    attempt->asking = true;
    ares_getaddrinfo(channel->ares, attempt->host.name, NULL, &hints, answer_take, query);
    attempt->asking = false;
    return true;
}

static enum channel_kind attempt_kind(const struct attempt *attempt)
{
    if (strchr(attempt->host.name, '.') == NULL) {
        return CHANNEL_SEARCH;
    }
    return attempt->host.alone ? CHANNEL_ALONE : CHANNEL_SHARED;
}

static void attempt_ask_next_server(struct batch *batch, struct attempt *attempt)
{
    size_t server = attempt->asked++;
    int status = ARES_ENOMEM;
    struct channel *channel = batch_channel(batch, attempt_kind(attempt), server, &status);

    attempt->waiting++;
    if (channel == NULL || !attempt_ask(batch, attempt, channel, server, DNS_TYPE_A)) {
        attempt->waiting--;
        attempt_note_failure(attempt, status == ARES_ENOMEM || channel != NULL
                                          ? RESOLVER_NO_MEMORY
                                          : RESOLVER_SYSTEM_ERROR);
        attempt_queue(batch, attempt);
    }
}

/* Asks again over TCP what was answered with a cut datagram; the old query is forgotten. */
static void attempt_ask_over_tcp(struct batch *batch, struct attempt *attempt)
{
    for (struct query *query = attempt->queries; query != NULL; query = query->next) {
        int status = ARES_ENOMEM;
        struct channel *channel;

        if (!query->cut || query->closed) {
            continue;
        }
        query->closed = true;
        channel = batch_channel(batch, CHANNEL_TCP, query->server, &status);
        /* The new query goes in front of the list, so this loop does not meet it. */
        if (channel != NULL && attempt_ask(batch, attempt, channel, query->server, query->type)) {
            continue;
        }
        if (query->type == DNS_TYPE_A) {
            attempt->waiting--;
            attempt_note_failure(attempt, RESOLVER_CUT);
        } else {
            attempt->verdict = RESOLVER_NO_ADDRESS;
        }
        attempt_queue(batch, attempt);
    }
}

static void attempt_answer(struct batch *batch, struct attempt *attempt,
                           enum resolver_outcome outcome)
{
    struct batch_answer answer = {
        .outcome = outcome,
        .addresses = attempt->addresses,
        .address_count = attempt->address_count,
        .source = attempt->source,
        .no_nameserver = batch->servers.fallback,
        .deadline_ms = batch->options.deadline_ms,
    };

    attempt->answered = true;
    attempt->addresses = NULL;
    batch->pending--;
    batch->options.answer(batch->options.context, attempt->host.id, &answer);
}

static void attempt_step(struct batch *batch, struct attempt *attempt)
{
    if (attempt->answered) {
        return;
    }
    if (attempt->verdict != RESOLVER_UNTRIED) {
        attempt_answer(batch, attempt, attempt->verdict);
        return;
    }
    attempt_ask_over_tcp(batch, attempt);
    if (attempt->no_v4) {
        if (!attempt->v6_asked) {
            attempt->v6_asked = true;
            if (!attempt_ask(batch, attempt, attempt->v6_channel, attempt->v6_server,
                             DNS_TYPE_AAAA)) {
                attempt_answer(batch, attempt, RESOLVER_NO_MEMORY);
            }
        }
        return;
    }
    if (attempt->waiting > 0 || attempt->verdict != RESOLVER_UNTRIED) {
        return;
    }
    if (attempt->asked < batch->servers.count) {
        attempt_ask_next_server(batch, attempt);
    } else {
        attempt_answer(batch, attempt, attempt->failure);
    }
}

/* The deadline: what is still open has not answered. */
static void attempt_expire(struct batch *batch, struct attempt *attempt)
{
    if (attempt->no_v4) {
        attempt_answer(batch, attempt, RESOLVER_NO_ADDRESS);
        return;
    }
    attempt_note_failure(attempt, RESOLVER_NO_ANSWER);
    for (const struct query *query = attempt->queries; query != NULL; query = query->next) {
        if (!query->closed) {
            attempt_note_failure(attempt, answer_failure(ARES_ETIMEOUT, query->channel));
        }
    }
    attempt_answer(batch, attempt, attempt->failure);
}

/* ---- the batch ----------------------------------------------------------------------------- */

struct batch *batch_create(const struct batch_options *options, const struct batch_host *hosts,
                           size_t count)
{
    struct batch *batch = calloc(1, sizeof(*batch));

    if (batch == NULL) {
        return NULL;
    }
    batch->attempts = calloc(count, sizeof(*batch->attempts));
    if (batch->attempts == NULL) {
        free(batch);
        return NULL;
    }
    batch->options = *options;
    batch->count = count;
    batch->pending = count;
    batch->queue_end = &batch->queue;
    if (servers_read(&batch->servers, options->servers) != 0) {
        batch->fault = RESOLVER_SYSTEM_ERROR;
    }
    for (size_t i = 0; i < count; i++) {
        batch->attempts[i].host = hosts[i];
        attempt_queue(batch, &batch->attempts[i]);
    }
    return batch;
}

void batch_destroy(struct batch *batch)
{
    if (batch == NULL) {
        return;
    }
    for (size_t i = 0; i < batch->count; i++) {
        batch->attempts[i].answered = true;
    }
    for (size_t i = 0; i < SERVERS_MAX; i++) {
        channel_destroy(batch->shared[i]);
    }
    while (batch->alone != NULL) {
        struct channel *channel = batch->alone;
        batch->alone = channel->next;
        channel_destroy(channel);
    }
    for (size_t i = 0; i < batch->count; i++) {
        free(batch->attempts[i].addresses);
    }
    free(batch->attempts);
    free(batch);
}

bool batch_finished(const struct batch *batch)
{
    return batch->pending == 0;
}

static int64_t batch_turn_ms(const struct batch *batch, size_t turn)
{
    return batch->options.start_ms +
           (int64_t)batch->options.timeout_ms * (int64_t)turn / (int64_t)batch->servers.count;
}

int64_t batch_next_ms(const struct batch *batch)
{
    if (batch->queue != NULL) {
        return batch->options.start_ms;
    }
    if (batch->turn < batch->servers.count) {
        int64_t turn_ms = batch_turn_ms(batch, batch->turn);
        return turn_ms < batch->options.deadline_ms ? turn_ms : batch->options.deadline_ms;
    }
    return batch->options.deadline_ms;
}

static size_t channel_poll_after(const struct channel *channel, struct pollfd *fds, size_t count)
{
    if (fds == NULL) {
        return count + channel->socket_count;
    }
    return count + channel_poll(channel, fds + count);
}

size_t batch_poll(const struct batch *batch, struct pollfd *fds)
{
    size_t count = 0;

    for (size_t i = 0; i < batch->servers.count; i++) {
        if (batch->shared[i] != NULL) {
            count = channel_poll_after(batch->shared[i], fds, count);
        }
    }
    for (const struct channel *channel = batch->alone; channel != NULL; channel = channel->next) {
        count = channel_poll_after(channel, fds, count);
    }
    return count;
}

void batch_process(struct batch *batch, const struct pollfd *fds)
{
    for (size_t i = 0; i < batch->servers.count; i++) {
        if (batch->shared[i] != NULL) {
            size_t count = batch->shared[i]->socket_count;
            channel_process(batch->shared[i], fds, count);
            fds += count;
        }
    }
    for (struct channel *channel = batch->alone; channel != NULL; channel = channel->next) {
        size_t count = channel->socket_count;
        channel_process(channel, fds, count);
        fds += count;
    }
}

static void batch_step_queued(struct batch *batch)
{
    while (batch->queue != NULL) {
        struct attempt *attempt = batch->queue;
        batch->queue = attempt->next_queued;
        if (batch->queue == NULL) {
            batch->queue_end = &batch->queue;
        }
        attempt->queued = false;
        attempt_step(batch, attempt);
    }
}

void batch_advance(struct batch *batch, int64_t now_ms)
{
    if (batch->fault != RESOLVER_UNTRIED) {
        for (size_t i = 0; i < batch->count; i++) {
            if (!batch->attempts[i].answered) {
                attempt_answer(batch, &batch->attempts[i], batch->fault);
            }
        }
        return;
    }
    batch_step_queued(batch);
    while (batch->turn < batch->servers.count && now_ms >= batch_turn_ms(batch, batch->turn)) {
        batch->turn++;
        for (size_t i = 0; i < batch->count; i++) {
            struct attempt *attempt = &batch->attempts[i];
            if (!attempt->answered && !attempt->no_v4 && attempt->asked < batch->turn) {
                attempt_ask_next_server(batch, attempt);
            }
        }
        batch_step_queued(batch);
    }
    if (now_ms < batch->options.deadline_ms) {
        return;
    }
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->attempts[i].answered) {
            attempt_expire(batch, &batch->attempts[i]);
        }
    }
}
