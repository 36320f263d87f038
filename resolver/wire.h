/*
 * The questions that are open, of all hosts of a run, and how many may be at one time: the
 * descriptors are the process's, which may be a host with needs of its own.
 */
#ifndef RESOLVER_WIRE_H
#define RESOLVER_WIRE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "resolver/question.h"

struct wire {
    struct question_list open;  /* oldest first */
    struct question_list ready; /* of them, reported by poll and not looked at yet */
    size_t count;
    size_t expected; /* at a time; 0 once there is room for them */
    size_t most;     /* half of the descriptors that the process may have */
    size_t limit;    /* of them, fewer where descriptors are short */
};

/* `expected`: how many questions will be open at a time where all goes well. Nothing is to be freed
   but what is open, which its tracks drop. */
void wire_init(struct wire *wire, size_t expected);

/* True if the errno says that the process, or the system, has no descriptor left. */
bool wire_lacks_descriptors(int error);

/* So it is: some of those that are in use are left to others, until it has gone well for a while.
 */
void wire_shrink(struct wire *wire);

enum wire_need {
    WIRE_OPTIONAL, /* given up where there is no room */
    WIRE_NEEDED    /* the oldest question makes room */
};

/* Who is asked, for what name, and in which list of which track the question is kept. */
struct wire_target {
    const struct server *server;
    const char *name;
    struct track *track;
    struct question_list *questions;
};

/*
 * As question_ask; the question is then open. ENOSPC where an optional question has no
 * room. Another question, of any track, may be dropped for it.
 */
int wire_ask(struct wire *wire, const struct wire_target *target, const struct asking *how,
             enum wire_need need);

/* Writes what to poll for to `fds`, which has room for `count` of them, in the order of `open`. */
void wire_poll(const struct wire *wire, struct pollfd *fds);

/* Takes the outcome of poll for what wire_poll wrote, if nothing was asked or dropped since. */
void wire_polled(struct wire *wire, const struct pollfd *fds);

/* A question that is to be processed, no longer in `ready`; NULL if there is none. */
struct question *wire_next_ready(struct wire *wire);

/* Ends a question, without a word to its track. */
void wire_drop(struct wire *wire, struct question *question);

#endif
