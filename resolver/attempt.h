/*
 * One host's attempt within a batch, shared by what asks (batch.c) and what judges the answers
 * (answer.c). Private to them.
 */
#ifndef RESOLVER_ATTEMPT_H
#define RESOLVER_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "resolver/batch.h"
#include "resolver/channel.h"
#include "resolver/servers.h"

enum { DNS_TYPE_A = 1, DNS_TYPE_AAAA = 28 };

struct query {
    struct batch *batch;
    struct attempt *attempt;
    struct channel *channel;
    size_t server;
    unsigned type;
    bool cut;    /* the answer asks for TCP */
    bool closed; /* nobody waits for it any more */
    struct query *next;
};

struct attempt {
    struct batch_host host;
    struct query *queries;
    size_t asked;   /* nameservers that have been asked for A */
    size_t waiting; /* of them, not yet heard of */
    bool no_v4;     /* a nameserver said "no A" */
    bool v6_asked;
    size_t v6_server;
    struct channel *v6_channel;
    enum resolver_outcome verdict; /* RESOLVER_UNTRIED while there is none */
    enum resolver_outcome failure; /* the most telling one so far, or RESOLVER_UNTRIED */
    const char *source;            /* who said so, as in resolver_host; NULL for nobody */
    bool asking;                   /* c-ares is being asked: what it answers now it knows itself */
    struct in_addr *addresses;
    size_t address_count;
    bool answered;
    bool queued;
    struct attempt *next_queued;
};

struct batch {
    struct batch_options options;
    struct servers servers;
    enum resolver_outcome fault; /* RESOLVER_UNTRIED, or why nothing can be asked */
    struct channel *shared[SERVERS_MAX];
    struct channel *alone;
    struct attempt *attempts;
    size_t count;
    size_t pending;
    size_t turn; /* nameservers whose turn has begun by the clock */
    struct attempt *queue;
    struct attempt **queue_end;
};

/* Makes batch_advance look at the attempt. */
void attempt_queue(struct batch *batch, struct attempt *attempt);

/* Keeps the failure if it tells more than the one the attempt has; whether it does. */
bool attempt_note_failure(struct attempt *attempt, enum resolver_outcome failure);

/* What an ARES_ status other than an answer means; `channel` is the one it came from. */
enum resolver_outcome answer_failure(int status, const struct channel *channel);

/* Callback for ares_getaddrinfo; `context` is a struct query, which ends here. */
void answer_take(void *context, int status, int timeouts, struct ares_addrinfo *result);

/*
 * A channel_cut_fn; `context` is the batch. Called from within c-ares while it reads, so it only
 * notes which query has to go over to TCP.
 */
void answer_cut(void *context, const struct channel *channel, const unsigned char *name,
                unsigned type);

#endif
