/*
 * One host of a run: its attempts, whom it asks for which names, what it makes of the answers. The
 * run says when (host_begin, host_advance, host_process) and looks at the state afterwards.
 */
#ifndef RESOLVER_HOST_H
#define RESOLVER_HOST_H

#include "resolver/run_state.h"
#include "resolver/track.h"

enum host_state {
    HOST_DUE,         /* waits for its (next) attempt, from due_ms on */
    HOST_ASKING,      /* in an attempt */
    HOST_AWAITS_LIBC, /* the attempt has failed, but libc is still being asked */
    HOST_SETTLED      /* the result is there */
};

enum host_libc { LIBC_UNASKED, LIBC_ASKED, LIBC_ANSWERED };

/* A name that the host may go by, as it stands or with a domain of the search list. */
struct candidate {
    int64_t begin_ms;
    size_t asked; /* nameservers; 0: not begun */
};

struct host {
    struct resolver_host *result;
    size_t id; /* for libc's answers */
    enum host_state state;
    int64_t due_ms;
    uint64_t pause_ms; /* after this attempt */
    int64_t first_ms;  /* begin of the first attempt */
    int64_t deadline_ms;
    struct snapshot *snapshot; /* of this attempt, NULL outside */
    size_t rotation;
    struct candidate *candidates;
    size_t candidate_count;
    struct track_list tracks;
    enum host_libc libc;
    bool libc_now; /* it was asked because of this attempt */
    struct {
        struct in_addr *addresses; /* NULL for none */
        size_t count;
        char name[RESOLVER_NAME_SIZE];
    } reserve; /* what libc found by its search list: better than to be refused */
    enum resolver_outcome failed_with; /* the attempt's outcome in HOST_AWAITS_LIBC */
    bool failed_permanently;
};

void host_init(struct host *host, struct resolver_host *result, size_t id, const struct run *run);

/* Frees all but the result. */
void host_clear(struct host *host, struct run *run);

/* Begins an attempt, which may be over when it returns. */
void host_begin(struct host *host, struct run *run);

/* Does what is due by the clock. */
void host_advance(struct host *host, struct run *run);

/* A question of the host is ready. */
void host_process(struct question *question, struct run *run);

/* libc has answered; takes the addresses. */
void host_libc_answered(struct host *host, struct run *run, struct nss_answer *answer);

/* When host_advance is to be called, of a host that is asking or awaits libc. */
int64_t host_next_ms(const struct host *host, const struct run *run);

/* The run ends, by the budget or cancelled: settles the host with what it has. */
void host_end(struct host *host, struct run *run, bool cancelled);

#endif
