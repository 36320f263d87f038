/*
 * What a host goes through. An attempt asks the nameservers for the host's name, the first at once,
 * each of the others when all before it have failed or have been silent for a while. The first
 * answer with addresses counts, from whichever server and whichever attempt. A "no" counts when the
 * servers before have failed: a second server that knows less must not speak for a first one that
 * is slow. An attempt ends early when there is nothing left to wait for; a pause follows, longer
 * after each (host_attempt_end).
 *
 * Names that are searched for: one with fewer dots than `ndots` (a single label always) goes
 * through the search list in each attempt, as soon as the name before it is out of the question or
 * silent; any other only in the last attempt, before it would be refused. Names with a dot are
 * asked for as they stand first, whatever ndots says, since that is what a rule of an allowlist
 * means.
 *
 * libc is asked once about each host whose first attempt failed, whoever the nameservers are: it
 * has services that work while DNS says no. Where nsswitch.conf names such a service its answer is
 * waited for within the attempt.
 */
#include "resolver/host.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/address.h"
#include "resolver/ascii.h"

/* The default of resolv.conf's timeout, which our attempts outlast anyway. */
enum { DEFAULT_TIMEOUT_S = 5 };

/* ---- the parts ------------------------------------------------------------------------------ */

static size_t server_count(const struct host *host)
{
    return host->snapshot->conf.servers.count;
}

static bool is_last_attempt(const struct host *host, const struct run *run)
{
    return host->result->attempts >= run->options->attempts;
}

static unsigned dots_of(const char *name)
{
    unsigned dots = 0;

    for (; *name != '\0'; name++) {
        dots += *name == '.' ? 1 : 0;
    }
    return dots;
}

/* True if the search list is as good as the name itself. */
static bool is_short(const struct host *host)
{
    unsigned dots = dots_of(host->result->name);

    return dots == 0 || dots < host->snapshot->conf.ndots;
}

/* The i-th name to ask for, into `name`; false if it is none, being too long. */
static bool candidate_name(const struct host *host, size_t i, char name[RESOLVER_NAME_SIZE],
                           bool *searched)
{
    const struct resolv_conf *conf = &host->snapshot->conf;
    const char *own = host->result->name;
    bool own_first = dots_of(own) > 0 || conf->ndots == 0;
    size_t own_place = own_first ? 0 : host->candidate_count - 1;
    int length;

    *searched = i != own_place;
    if (!*searched) {
        length = snprintf(name, RESOLVER_NAME_SIZE, "%s", own);
    } else {
        const char *domain = conf->search[own_first ? i - 1 : i];
        length =
            snprintf(name, RESOLVER_NAME_SIZE, "%s%s%s", own, *domain != '\0' ? "." : "", domain);
    }
    return length < RESOLVER_NAME_SIZE;
}

static void snapshot_release(struct host *host)
{
    if (host->snapshot != NULL && --host->snapshot->users == 0) {
        resolv_conf_clear(&host->snapshot->conf);
        free(host->snapshot);
    }
    host->snapshot = NULL;
}

/* ---- the end -------------------------------------------------------------------------------- */

static void host_set_source(struct host *host, const char *source)
{
    (void)snprintf(host->result->source, sizeof(host->result->source), "%s", source);
}

void host_clear(struct host *host, struct run *run)
{
    while (!SLIST_EMPTY(&host->tracks)) {
        struct track *track = SLIST_FIRST(&host->tracks);
        SLIST_REMOVE_HEAD(&host->tracks, next);
        track_destroy(track, &run->wire);
    }
    if (host->libc == LIBC_ASKED) {
        nss_forget(run->nss, host->id);
    }
    free(host->candidates);
    host->candidates = NULL;
    host->candidate_count = 0;
    free(host->reserve.addresses);
    host->reserve.addresses = NULL;
    snapshot_release(host);
}

static void host_settle(struct host *host, struct run *run, enum resolver_outcome outcome)
{
    host->result->outcome = outcome;
    if (host->result->attempts > 0) {
        host->result->elapsed_ms = (unsigned)(run->now_ms - host->first_ms);
    }
    host->state = HOST_SETTLED;
    host_clear(host, run);
    if (run->observer != NULL && run->observer->settled != NULL) {
        run->observer->settled(run->observer->context, host->result);
    }
}

/* Takes the addresses. `found_as` is the name that they belong to, if it is another. */
static void host_resolve(struct host *host, struct run *run, struct in_addr *addresses,
                         size_t count, const char *source, const char *found_as)
{
    address_sort_by_route(addresses, count);
    host->result->addresses = addresses;
    host->result->address_count = count;
    host->result->error = 0;
    host->result->search = found_as[0] != '\0' ? RESOLVER_SEARCHED : RESOLVER_NOT_SEARCHED;
    host_set_source(host, source);
    (void)snprintf(host->result->found_as, sizeof(host->result->found_as), "%s", found_as);
    host_settle(host, run, RESOLVER_RESOLVED);
}

static void host_resolve_by_track(struct host *host, struct run *run, struct track *track)
{
    struct in_addr *addresses = track->addresses;

    track->addresses = NULL;
    host_resolve(host, run, addresses, track->address_count, track->server.text,
                 track->searched ? track->name : "");
}

/* True if the file knows the host: it is settled then. */
static bool host_in_file(struct host *host, struct run *run)
{
    struct in_addr *addresses = NULL;
    size_t count = 0;
    int error = hosts_file_find(run->hosts_file, host->result->name, &addresses, &count);

    if (error != 0) {
        host_set_source(host, "");
        host_settle(host, run, RESOLVER_NO_MEMORY);
        return true;
    }
    if (count == 0) {
        return false;
    }
    count = address_drop_sinkholes(addresses, count);
    if (count == 0) {
        free(addresses);
        host_set_source(host, RESOLVER_HOSTS_FILE);
        host_settle(host, run, RESOLVER_SINKHOLED);
        return true;
    }
    host_resolve(host, run, addresses, count, RESOLVER_HOSTS_FILE, "");
    return true;
}

/* The attempt is over, and nothing more is to be had from libc for now. */
static void host_attempt_end(struct host *host, struct run *run, enum resolver_outcome outcome,
                             bool permanent)
{
    struct resolver_host *result = host->result;
    int64_t due_ms = run->now_ms + (int64_t)host->pause_ms;
    bool last = permanent || is_last_attempt(host, run);

    result->outcome = outcome;
    if (last || due_ms >= run->budget_end_ms) {
        if (!permanent && host->reserve.addresses != NULL) {
            struct in_addr *addresses = host->reserve.addresses;
            host->reserve.addresses = NULL;
            host_resolve(host, run, addresses, host->reserve.count, "getaddrinfo",
                         host->reserve.name);
            return;
        }
        if ((outcome == RESOLVER_NO_SUCH_HOST || outcome == RESOLVER_NO_ADDRESS) &&
            hosts_file_knows(run->hosts_file, result->name)) {
            outcome = RESOLVER_IPV6_ONLY;
            host_set_source(host, RESOLVER_HOSTS_FILE);
        }
        /* The budget ended the retries, or cut the last attempt short. */
        result->out_of_budget = !last || (!permanent && run->now_ms >= run->budget_end_ms &&
                                          host->deadline_ms == run->budget_end_ms);
        host_settle(host, run, outcome);
        return;
    }
    snapshot_release(host);
    host->state = HOST_DUE;
    host->due_ms = due_ms;
    if (run->observer != NULL && run->observer->retrying != NULL) {
        run->observer->retrying(run->observer->context, result, (unsigned)host->pause_ms);
    }
    host->pause_ms *= run->options->backoff_factor;
    if (host->pause_ms > INT_MAX) {
        host->pause_ms = INT_MAX;
    }
}

/*
 * Somebody who answers 0.0.0.0 does know the host; our own shortage is not cured by a thread. Where
 * there is no randomness libc would ask the nameservers with identifiers that it takes from the
 * clock (glibc, include/random-bits.h).
 */
static bool libc_may_know(enum resolver_outcome outcome)
{
    return outcome != RESOLVER_SINKHOLED && outcome != RESOLVER_NO_MEMORY &&
           outcome != RESOLVER_SYSTEM_ERROR && outcome != RESOLVER_NO_RANDOMNESS;
}

static void host_ask_libc(struct host *host, struct run *run)
{
    struct in_addr number;

    /* libc takes such a name for an address ("127.1"); Go does not. */
    if (inet_aton(host->result->name, &number) != 0) {
        return;
    }
    if (run->nss == NULL) {
        run->nss = nss_create();
    }
    if (run->nss != NULL && nss_ask(run->nss, host->id, host->result->name)) {
        host->libc = LIBC_ASKED;
        host->libc_now = true;
    }
}

/* The nameservers had nothing in this attempt. A permanent one is not retried. */
static void host_attempt_failed(struct host *host, struct run *run, enum resolver_outcome outcome,
                                bool permanent)
{
    bool last = permanent || is_last_attempt(host, run);
    bool waits;

    if (run->nsswitch.dns_first && (last || outcome_is_verdict(outcome)) &&
        host_in_file(host, run)) {
        return;
    }
    if (host->libc == LIBC_UNASKED && libc_may_know(outcome) && run->now_ms < run->budget_end_ms) {
        host_ask_libc(host, run);
    }
    waits = host->libc == LIBC_ASKED && run->now_ms < host->deadline_ms &&
            (last || (host->libc_now && run->nsswitch.more));
    if (waits) {
        host->state = HOST_AWAITS_LIBC;
        host->failed_with = outcome;
        host->failed_permanently = permanent;
        return;
    }
    host_attempt_end(host, run, outcome, permanent);
}

/* ---- asking --------------------------------------------------------------------------------- */

static struct track *track_find(const struct host *host, const char *name,
                                const struct server *server)
{
    struct track *track;

    SLIST_FOREACH(track, &host->tracks, next)
    {
        /* A server that is listed twice is two servers. */
        if (track->attempt != host->result->attempts && strcmp(track->name, name) == 0 &&
            track->server.address_length == server->address_length &&
            memcmp(&track->server.address, &server->address, server->address_length) == 0) {
            return track;
        }
    }
    return NULL;
}

/* Asks the next nameserver for the i-th name. */
static void candidate_ask(struct host *host, struct run *run, size_t i)
{
    struct candidate *candidate = &host->candidates[i];
    size_t place = candidate->asked++;
    const struct resolv_conf *conf = &host->snapshot->conf;
    const struct server *server =
        &conf->servers.list[(place + host->rotation) % server_count(host)];
    char name[RESOLVER_NAME_SIZE];
    bool searched;
    struct track *track;

    if (place == 0) {
        candidate->begin_ms = run->now_ms;
    }
    if (!candidate_name(host, i, name, &searched)) {
        candidate->asked = server_count(host);
        return;
    }
    track = track_find(host, name, server);
    if (track == NULL) {
        track = track_create(host, server, name, searched);
        if (track == NULL) {
            return;
        }
        SLIST_INSERT_HEAD(&host->tracks, track, next);
    }
    host->result->search = searched ? RESOLVER_SEARCHED : host->result->search;
    track_begin(track, &run->wire, host->result->attempts, place, conf->use_tcp, run->now_ms);
}

/* When the next nameserver is asked whatever the others do. Each has its turn in an attempt. */
static int64_t candidate_turn_ms(const struct host *host, const struct run *run, size_t i)
{
    const struct candidate *candidate = &host->candidates[i];
    int64_t turn = (int64_t)candidate->asked;
    int64_t share_ms = (int64_t)run->options->timeout_ms * turn / (int64_t)server_count(host);

    return candidate->begin_ms + clock_earlier(turn * (int64_t)run->options->hedge_ms, share_ms);
}

/* How long the i-th name is silent until the next one is asked for as well. */
static int64_t join_ms(const struct host *host, const struct run *run)
{
    return is_short(host) ? (int64_t)run->options->hedge_ms : run->options->timeout_ms / 2;
}

/* How long it may be silent until an answer for one behind it is taken. */
static int64_t patience_ms(const struct host *host, const struct run *run)
{
    return is_short(host) ? run->options->timeout_ms / 2 : run->options->timeout_ms;
}

/* ---- judging -------------------------------------------------------------------------------- */

struct judgement {
    enum resolver_outcome outcome; /* so far */
    struct track *by;              /* NULL for nobody */
    bool open;                     /* somebody may still say something */
    bool failed;                   /* all that were asked have failed */
    bool definite;                 /* said by a server with none before it that is silent */
};

/* Of the attempt, by the server's place; NULL where there was no memory for it. */
static struct track *track_at(const struct host *host, const char *name, size_t place)
{
    struct track *track;

    SLIST_FOREACH(track, &host->tracks, next)
    {
        if (track->attempt == host->result->attempts && track->place == place &&
            strcmp(track->name, name) == 0) {
            return track;
        }
    }
    return NULL;
}

/* Of any attempt. */
static struct track *track_with_addresses(const struct host *host, const char *name)
{
    struct track *track;

    SLIST_FOREACH(track, &host->tracks, next)
    {
        if (track->addresses != NULL && strcmp(track->name, name) == 0) {
            return track;
        }
    }
    return NULL;
}

static struct judgement candidate_judge(const struct host *host, size_t i, bool timed_out)
{
    struct judgement judgement = {.outcome = RESOLVER_UNTRIED};
    bool silent = false;
    char name[RESOLVER_NAME_SIZE];
    bool searched;

    if (!candidate_name(host, i, name, &searched)) {
        return (struct judgement){.outcome = RESOLVER_NO_SUCH_HOST, .definite = true};
    }
    judgement.by = track_with_addresses(host, name);
    if (judgement.by != NULL) {
        judgement.outcome = RESOLVER_RESOLVED;
        return judgement;
    }
    judgement.failed = true;
    for (size_t place = 0; place < host->candidates[i].asked; place++) {
        struct track *track = track_at(host, name, place);
        enum resolver_outcome outcome = track == NULL ? RESOLVER_NO_MEMORY : track->outcome;
        bool verdict = outcome_is_verdict(outcome);

        if (outcome == RESOLVER_UNTRIED) {
            /* Who sent something of no use may yet answer, but is not waited for. */
            silent = true;
            judgement.failed = judgement.failed && track->strayed;
            outcome = track_silence(track);
        }
        if (outcome_more_telling(judgement.outcome, outcome) == outcome &&
            outcome != judgement.outcome) {
            judgement.outcome = outcome;
            judgement.by = track;
        }
        if (verdict) {
            judgement.failed = false;
            judgement.definite = !silent;
            break;
        }
    }
    judgement.open = !timed_out && !judgement.definite &&
                     (silent || host->candidates[i].asked < server_count(host));
    return judgement;
}

/* Judges, and asks further nameservers as far as it is time. */
static struct judgement candidate_look(struct host *host, struct run *run, size_t i, bool timed_out)
{
    for (;;) {
        struct judgement judgement = candidate_judge(host, i, timed_out);
        bool verdict = outcome_is_verdict(judgement.outcome);

        if (timed_out || !judgement.open || verdict ||
            host->candidates[i].asked == server_count(host) ||
            (!judgement.failed && run->now_ms < candidate_turn_ms(host, run, i))) {
            return judgement;
        }
        candidate_ask(host, run, i);
    }
}

/* True if a name behind one that came out like that may be asked for. */
static bool may_search_on(const struct host *host, const struct run *run,
                          enum resolver_outcome outcome)
{
    return (is_short(host) || is_last_attempt(host, run)) && outcome != RESOLVER_SINKHOLED &&
           outcome != RESOLVER_IPV6_ONLY;
}

/* Who gave the outcome of the attempt, if somebody did, and the errno of a failure. */
static void host_set_failure(struct host *host, const struct judgement *judgement)
{
    bool reply =
        judgement->by != NULL && judgement->outcome != RESOLVER_UNREACHABLE &&
        judgement->outcome != RESOLVER_NO_ANSWER && judgement->outcome != RESOLVER_SYSTEM_ERROR &&
        judgement->outcome != RESOLVER_NO_MEMORY && judgement->outcome != RESOLVER_NO_RANDOMNESS;

    host_set_source(host, reply ? judgement->by->server.text : "");
    host->result->error = judgement->by != NULL ? judgement->by->error : 0;
}

/* Looks at what has come and at the clock, asks on, and ends the attempt when it is over. */
static void host_look(struct host *host, struct run *run)
{
    const bool timed_out = run->now_ms >= host->deadline_ms;
    struct judgement first = {.outcome = RESOLVER_UNTRIED};
    bool blocked = false; /* by a name before, which is not out of the question yet */
    bool open = false;

    for (size_t i = 0; i < host->candidate_count; i++) {
        struct candidate *candidate = &host->candidates[i];
        struct judgement judgement;

        if (candidate->asked == 0) {
            if (timed_out || (open && run->now_ms < candidate[-1].begin_ms + join_ms(host, run))) {
                break;
            }
            candidate_ask(host, run, i);
        }
        judgement = candidate_look(host, run, i, timed_out);
        if (judgement.outcome == RESOLVER_RESOLVED) {
            if (!blocked) {
                host_resolve_by_track(host, run, judgement.by);
                return;
            }
            break;
        }
        /* The first name's outcome is the host's; but of a single label, that there is no such host
           gives way to what the next name tells. */
        if (first.outcome == RESOLVER_UNTRIED ||
            (dots_of(host->result->name) == 0 && first.outcome == RESOLVER_NO_SUCH_HOST)) {
            first = judgement;
        }
        open = open || judgement.open;
        blocked = blocked ||
                  (judgement.open && run->now_ms < candidate->begin_ms + patience_ms(host, run));
        if (!may_search_on(host, run, judgement.open ? RESOLVER_UNTRIED : judgement.outcome)) {
            break;
        }
    }
    if (!open || timed_out) {
        host_set_failure(host, &first);
        host_attempt_failed(host, run, first.outcome,
                            first.outcome == RESOLVER_IPV6_ONLY && first.definite);
    }
}

/* ---- what the run calls ---------------------------------------------------------------------- */

void host_init(struct host *host, struct resolver_host *result, size_t id, const struct run *run)
{
    *host = (struct host){
        .result = result, .id = id, .due_ms = run->now_ms, .pause_ms = run->options->backoff_ms};
    SLIST_INIT(&host->tracks);
}

static struct snapshot *snapshot_acquire(struct run *run)
{
    struct snapshot *snapshot = run->snapshot;

    if (snapshot == NULL || snapshot->round != run->round) {
        snapshot = calloc(1, sizeof(*snapshot));
        if (snapshot == NULL) {
            return NULL;
        }
        snapshot->error = resolv_conf_read(&snapshot->conf, run->options->servers);
        snapshot->round = run->round;
        snapshot->users = 1; /* the run itself */
        if (run->snapshot != NULL && --run->snapshot->users == 0) {
            resolv_conf_clear(&run->snapshot->conf);
            free(run->snapshot);
        }
        run->snapshot = snapshot;
    }
    snapshot->users++;
    return snapshot;
}

static void host_set_deadline(struct host *host, const struct run *run)
{
    int64_t timeout_ms = run->options->timeout_ms;

    /* Whoever raised resolv.conf's timeout has nameservers that need it. */
    if (is_last_attempt(host, run) && host->snapshot->conf.timeout_s > DEFAULT_TIMEOUT_S &&
        timeout_ms < (int64_t)host->snapshot->conf.timeout_s * 1000) {
        timeout_ms = (int64_t)host->snapshot->conf.timeout_s * 1000;
    }
    host->deadline_ms = clock_earlier(run->now_ms + timeout_ms, run->budget_end_ms);
}

void host_begin(struct host *host, struct run *run)
{
    struct resolver_host *result = host->result;
    bool first = result->attempts++ == 0;

    host->state = HOST_ASKING;
    host->libc_now = false;
    if (first) {
        host->first_ms = run->now_ms;
        if (!run->nsswitch.dns_first && host_in_file(host, run)) {
            return;
        }
    }
    host->snapshot = snapshot_acquire(run);
    free(host->candidates);
    host->candidates = NULL;
    host->candidate_count = host->snapshot != NULL ? 1 + host->snapshot->conf.search_count : 0;
    host->candidates = calloc(host->candidate_count + 1, sizeof(*host->candidates));
    host->deadline_ms = run->now_ms;
    if (host->snapshot == NULL || host->candidates == NULL) {
        host->candidate_count = 0;
        host_set_source(host, "");
        host_attempt_failed(host, run, RESOLVER_NO_MEMORY, false);
        return;
    }
    result->no_nameserver = host->snapshot->conf.servers.fallback;
    result->search = host->snapshot->conf.search_count == 0 && is_short(host)
                         ? RESOLVER_NO_SEARCH_LIST
                         : RESOLVER_NOT_SEARCHED;
    if (host->snapshot->error != 0) {
        if (wire_lacks_descriptors(host->snapshot->error)) {
            wire_shrink(&run->wire);
        }
        host_set_source(host, "");
        result->error = host->snapshot->error;
        host_attempt_failed(host, run, RESOLVER_SYSTEM_ERROR, false);
        return;
    }
    host->rotation = host->snapshot->conf.rotate ? run->rotation++ : 0;
    host_set_deadline(host, run);
    host_look(host, run);
}

void host_advance(struct host *host, struct run *run)
{
    struct track *track;

    if (host->state == HOST_AWAITS_LIBC && run->now_ms >= host->deadline_ms) {
        host_attempt_end(host, run, host->failed_with, host->failed_permanently);
    } else if (host->state == HOST_ASKING) {
        SLIST_FOREACH(track, &host->tracks, next)
        {
            if (track->attempt == host->result->attempts && run->now_ms < host->deadline_ms) {
                track_advance(track, &run->wire, run->now_ms);
            }
        }
        host_look(host, run);
    }
}

void host_process(struct question *question, struct run *run)
{
    struct track *track = question->track;
    struct host *host = track->host;

    track_process(question, &run->wire, run->now_ms);
    if (host->state == HOST_ASKING) {
        host_look(host, run);
    } else if (track->addresses != NULL) {
        /* In the pause, or while libc is asked. */
        host_resolve_by_track(host, run, track);
    }
}

void host_libc_answered(struct host *host, struct run *run, struct nss_answer *answer)
{
    bool renamed = answer->name[0] != '\0' && !ascii_equals(answer->name, host->result->name);
    const char *found_as = renamed ? answer->name : "";

    host->libc = LIBC_ANSWERED;
    if (host->state == HOST_SETTLED) {
        free(answer->addresses);
        return;
    }
    if (answer->addresses != NULL && renamed && dots_of(host->result->name) > 0) {
        /* By a search list that the host's rule does not speak of, as far as one can tell. */
        host->reserve.addresses = answer->addresses;
        host->reserve.count = answer->address_count;
        (void)snprintf(host->reserve.name, sizeof(host->reserve.name), "%s", found_as);
    } else if (answer->addresses != NULL) {
        host_resolve(host, run, answer->addresses, answer->address_count, "getaddrinfo", found_as);
        return;
    }
    if (host->state == HOST_AWAITS_LIBC) {
        host_attempt_end(host, run, host->failed_with, host->failed_permanently);
    }
}

/* Of an attempt under way. */
static int64_t asking_next_ms(const struct host *host, const struct run *run)
{
    int64_t next_ms = host->deadline_ms;
    const struct track *track;

    SLIST_FOREACH(track, &host->tracks, next)
    {
        if (track->attempt == host->result->attempts && track->outcome == RESOLVER_UNTRIED) {
            next_ms = clock_earlier(next_ms, track->again_ms);
        }
    }
    for (size_t i = 0; i < host->candidate_count && host->candidates[i].asked > 0; i++) {
        const struct candidate *candidate = &host->candidates[i];
        int64_t times[] = {candidate_turn_ms(host, run, i),
                           candidate->begin_ms + join_ms(host, run),
                           candidate->begin_ms + patience_ms(host, run)};

        /* What is past has been done, or waits for something else. */
        for (size_t t = 0; t < sizeof(times) / sizeof(times[0]); t++) {
            next_ms = times[t] > run->now_ms ? clock_earlier(next_ms, times[t]) : next_ms;
        }
    }
    return next_ms;
}

int64_t host_next_ms(const struct host *host, const struct run *run)
{
    return host->state == HOST_AWAITS_LIBC ? host->deadline_ms : asking_next_ms(host, run);
}

void host_end(struct host *host, struct run *run, bool cancelled)
{
    if (cancelled) {
        host_settle(host, run, RESOLVER_CANCELLED);
        return;
    }
    if (host->result->attempts == 0) {
        host->result->out_of_budget = true;
        host_settle(host, run, RESOLVER_UNTRIED);
    } else if (host->state == HOST_DUE) {
        host_attempt_end(host, run, host->result->outcome, false);
    } else {
        host->deadline_ms = run->budget_end_ms;
        host_advance(host, run);
    }
}
