/*
 * One nameserver asked for one name, on behalf of one host: what was asked of it, again and again,
 * and what it said. A track lives as long as its host is not settled, so that an answer counts
 * however late it comes; each attempt begins it anew.
 */
#ifndef RESOLVER_TRACK_H
#define RESOLVER_TRACK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "resolver/question.h"
#include "resolver/wire.h"

struct host;

/* At most so many questions of a kind in an attempt. */
enum { TRACK_QUESTIONS_MAX = 3 };

struct track {
    SLIST_ENTRY(track) next; /* of its host */
    struct host *host;
    struct server server;
    struct question_list questions; /* open */
    unsigned attempt;               /* the last that began it */
    size_t place;                   /* of the server in that attempt */
    bool stream;                    /* always over TCP */
    bool plain;                     /* the server does not know EDNS */
    unsigned type;                  /* what is asked for now: A, then AAAA */
    unsigned asked;                 /* questions for it in this attempt */
    int64_t again_ms;               /* when to ask again; INT64_MAX for never */
    /* In this attempt; RESOLVER_UNTRIED while open. A word about the name, or the server's failure.
     */
    enum resolver_outcome outcome;
    enum resolver_outcome
        told;     /* what an earlier question of it ran into, RESOLVER_UNTRIED for none */
    bool strayed; /* in this attempt something came that answers nothing */
    int error;    /* errno of the failure, 0 for none */
    struct in_addr *addresses; /* once there, whatever the attempt; owned */
    size_t address_count;
    bool searched; /* the name is the host's with a domain of the search list */
    char name[];
};

SLIST_HEAD(track_list, track);

/* Returns NULL if memory is short. `name` and `server` are copied. */
struct track *track_create(struct host *host, const struct server *server, const char *name,
                           bool searched);

/* Drops its questions. */
void track_destroy(struct track *track, struct wire *wire);

/* Begins the track for an attempt and asks. */
void track_begin(struct track *track, struct wire *wire, unsigned attempt, size_t place,
                 bool stream, int64_t now_ms);

/* Asks again if it is time. */
void track_advance(struct track *track, struct wire *wire, int64_t now_ms);

/* A question of the track is ready. It may be closed afterwards, and others with it. */
void track_process(struct question *question, struct wire *wire, int64_t now_ms);

/* What the track is worth if nothing more comes. */
enum resolver_outcome track_silence(const struct track *track);

/* A word about the name, which the server knows, as opposed to a failure of the server. */
bool outcome_is_verdict(enum resolver_outcome outcome);

/* The one that tells more: words about the name before an error reply, that before silence, and
   silence before no way there. */
enum resolver_outcome outcome_more_telling(enum resolver_outcome left, enum resolver_outcome right);

#endif
