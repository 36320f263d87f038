/*
 * A question is asked again 300 ms after the first, and 600 ms after that, each time from a new
 * port: a lost datagram costs a moment and not the attempt, and a server that is down gets three
 * questions and not a flood. The third does without EDNS, which some boxes on the way swallow.
 *
 * "No A" opens the question for AAAA to the same server, only to word the refusal.
 */
#include "resolver/track.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const int64_t again_after_ms[TRACK_QUESTIONS_MAX] = {300, 600, INT64_MAX};

struct track *track_create(struct host *host, const struct server *server, const char *name,
                           bool searched)
{
    const size_t size = strlen(name) + 1;
    struct track *track = calloc(1, sizeof(*track) + size);

    if (track == NULL) {
        return NULL;
    }
    track->host = host;
    track->server = *server;
    track->searched = searched;
    TAILQ_INIT(&track->questions);
    memcpy(track->name, name, size);
    return track;
}

void track_destroy(struct track *track, struct wire *wire)
{
    while (!TAILQ_EMPTY(&track->questions)) {
        wire_drop(wire, TAILQ_FIRST(&track->questions));
    }
    free(track->addresses);
    free(track);
}

/* ---- outcomes -------------------------------------------------------------------------------- */

bool outcome_is_verdict(enum resolver_outcome outcome)
{
    return outcome == RESOLVER_RESOLVED || outcome == RESOLVER_NO_SUCH_HOST ||
           outcome == RESOLVER_NO_ADDRESS || outcome == RESOLVER_IPV6_ONLY ||
           outcome == RESOLVER_SINKHOLED;
}

static int outcome_weight(enum resolver_outcome outcome)
{
    static const enum resolver_outcome by_weight[] = {
        RESOLVER_UNREACHABLE,  RESOLVER_NO_ANSWER,    RESOLVER_SYSTEM_ERROR, RESOLVER_NO_RANDOMNESS,
        RESOLVER_NO_MEMORY,    RESOLVER_BAD_ANSWER,   RESOLVER_CUT,          RESOLVER_REFUSED,
        RESOLVER_SERVER_ERROR, RESOLVER_NO_SUCH_HOST, RESOLVER_NO_ADDRESS,   RESOLVER_IPV6_ONLY,
        RESOLVER_SINKHOLED,
    };

    for (size_t i = 0; i < sizeof(by_weight) / sizeof(by_weight[0]); i++) {
        if (by_weight[i] == outcome) {
            return (int)i;
        }
    }
    return -1;
}

enum resolver_outcome outcome_more_telling(enum resolver_outcome left, enum resolver_outcome right)
{
    return outcome_weight(right) > outcome_weight(left) ? right : left;
}

static enum resolver_outcome error_outcome(int error)
{
    switch (error) {
    case ENOMEM:
        return RESOLVER_NO_MEMORY;
    case ENOSYS:
        return RESOLVER_NO_RANDOMNESS;
    case EINVAL:
        return RESOLVER_NO_SUCH_HOST;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
        return RESOLVER_SYSTEM_ERROR;
    default:
        return RESOLVER_UNREACHABLE;
    }
}

enum resolver_outcome track_silence(const struct track *track)
{
    enum resolver_outcome outcome = outcome_more_telling(RESOLVER_NO_ANSWER, track->told);
    const struct question *question;

    if (track->type == DNS_TYPE_AAAA) {
        return RESOLVER_NO_ADDRESS;
    }
    TAILQ_FOREACH(question, &track->questions, next)
    {
        if (question->how.after_cut) {
            outcome = outcome_more_telling(outcome, RESOLVER_CUT);
        }
    }
    return outcome;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void track_failed(struct track *track, enum resolver_outcome outcome, int error)
{
    track->again_ms = INT64_MAX;
    track->error = error;
    /* Nobody to say whether there is AAAA: "no A" is known all the same. */
    track->outcome = track->type == DNS_TYPE_AAAA ? RESOLVER_NO_ADDRESS
                                                  : outcome_more_telling(track->told, outcome);
}

static struct asking track_asking(const struct track *track)
{
    return (struct asking){.type = track->type,
                           .attempt = track->attempt,
                           .edns = !track->plain,
                           .stream = track->stream};
}

static int ask(struct track *track, struct wire *wire, const struct asking *how,
               enum wire_need need)
{
    const struct wire_target target = {.server = &track->server,
                                       .name = track->name,
                                       .track = track,
                                       .questions = &track->questions};

    return wire_ask(wire, &target, how, need);
}

static void track_ask(struct track *track, struct wire *wire, int64_t now_ms)
{
    struct asking how = track_asking(track);
    int error;

    if (track->asked + 1 == TRACK_QUESTIONS_MAX) {
        how.edns = false;
    }
    error = ask(track, wire, &how, track->asked == 0 ? WIRE_NEEDED : WIRE_OPTIONAL);
    if (error != 0 && track->asked == 0) {
        track_failed(track, error_outcome(error), error);
        return;
    }
    /* A connection is not lost. */
    track->again_ms = how.stream || again_after_ms[track->asked] == INT64_MAX
                          ? INT64_MAX
                          : now_ms + again_after_ms[track->asked];
    track->asked++;
}

static void track_ask_for(struct track *track, struct wire *wire, unsigned type, int64_t now_ms)
{
    track->type = type;
    track->asked = 0;
    track_ask(track, wire, now_ms);
}

void track_begin(struct track *track, struct wire *wire, unsigned attempt, size_t place,
                 bool stream, int64_t now_ms)
{
    track->attempt = attempt;
    track->place = place;
    track->stream = stream;
    track->outcome = RESOLVER_UNTRIED;
    track->told = RESOLVER_UNTRIED;
    track->strayed = false;
    track->error = 0;
    track_ask_for(track, wire, DNS_TYPE_A, now_ms);
}

void track_advance(struct track *track, struct wire *wire, int64_t now_ms)
{
    if (track->outcome == RESOLVER_UNTRIED && now_ms >= track->again_ms) {
        track_ask(track, wire, now_ms);
    }
}

/* Asks in another way what the question asked, which is closed. */
static void track_ask_instead(struct track *track, struct question *question, struct wire *wire,
                              bool stream, bool edns)
{
    struct asking how = question->how;
    struct question *other;
    int error;

    how.edns = edns;
    how.after_cut = stream && !how.stream;
    how.stream = stream;
    wire_drop(wire, question);
    TAILQ_FOREACH(other, &track->questions, next)
    {
        if (other->how.type == how.type && other->how.stream == stream && other->how.edns == edns &&
            other->how.attempt == how.attempt) {
            return; /* two that asked the same were answered the same */
        }
    }
    if (stream) {
        track->again_ms = INT64_MAX;
    }
    error = ask(track, wire, &how, WIRE_NEEDED);
    if (error != 0) {
        track_failed(track, stream ? RESOLVER_CUT : error_outcome(error), error);
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

static void track_replied(struct track *track, struct wire *wire, const struct asking *how,
                          const struct dns_reply *reply, int64_t now_ms)
{
    if (reply->outcome == RESOLVER_RESOLVED) {
        free(track->addresses);
        track->addresses = reply->addresses;
        track->address_count = reply->address_count;
        track->outcome = RESOLVER_RESOLVED;
        return;
    }
    if (track->outcome != RESOLVER_UNTRIED || how->type != track->type) {
        return; /* it has said so before */
    }
    if (how->type == DNS_TYPE_AAAA) {
        track->again_ms = INT64_MAX;
        track->outcome =
            reply->outcome == RESOLVER_IPV6_ONLY ? RESOLVER_IPV6_ONLY : RESOLVER_NO_ADDRESS;
    } else if (reply->outcome == RESOLVER_NO_ADDRESS) {
        track_ask_for(track, wire, DNS_TYPE_AAAA, now_ms);
    } else if (outcome_is_verdict(reply->outcome)) {
        track->again_ms = INT64_MAX;
        track->outcome = reply->outcome;
    } else if (how->attempt == track->attempt) {
        track_failed(track, reply->outcome, 0);
    } else {
        track->told = outcome_more_telling(track->told, reply->outcome);
    }
}

void track_process(struct question *question, struct wire *wire, int64_t now_ms)
{
    struct track *track = question->track;
    struct dns_reply reply;
    struct asking how = question->how;
    int error = 0;

    switch (question_process(question, &reply, &error)) {
    case QUESTION_WAITS:
        break;
    case QUESTION_STRAY:
        track->strayed = true;
        break;
    case QUESTION_CUT:
        track_ask_instead(track, question, wire, true, how.edns);
        break;
    case QUESTION_NO_EDNS:
        track->plain = true;
        track_ask_instead(track, question, wire, how.stream, false);
        break;
    case QUESTION_REPLIED:
        wire_drop(wire, question);
        track_replied(track, wire, &how, &reply, now_ms);
        break;
    case QUESTION_FAILED:
        wire_drop(wire, question);
        reply = (struct dns_reply){.outcome = how.after_cut ? RESOLVER_CUT : error_outcome(error)};
        track_replied(track, wire, &how, &reply, now_ms);
        if (track->outcome != RESOLVER_RESOLVED && how.attempt == track->attempt) {
            track->error = error;
        }
        break;
    }
}
