/*
 * Where no room is left the oldest question goes, since it is the one that has least to hope for:
 * its host has been asked about again. Without a limit 256 hosts behind dead nameservers would need
 * some thousands of sockets. A limit that is found to be too high, since the process has
 * descriptors of its own, is lowered, and fewer hosts are asked about at a time (run.c): were each
 * to make room for itself at the cost of the one before, hardly any would get its answer. It rises
 * again with each question that finds room, since what took the descriptors may have been a
 * moment's work.
 */
#include "resolver/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "resolver/raw.h"

/* A process of few descriptors of its own has room for so many questions as it is. */
enum { FEW = 32 };

enum { LIMIT_LEAST = 2, LIMIT_MOST = 8192 };

void wire_init(struct wire *wire, size_t expected)
{
    struct rlimit limit;

    TAILQ_INIT(&wire->open);
    TAILQ_INIT(&wire->ready);
    wire->count = 0;
    wire->expected = expected;
    wire->most = LIMIT_MOST;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 2 < LIMIT_MOST) {
        wire->most = limit.rlim_cur / 2 > LIMIT_LEAST ? (size_t)limit.rlim_cur / 2 : LIMIT_LEAST;
    }
    wire->limit = wire->most;
}

static void drop_oldest(struct wire *wire)
{
    struct question *oldest = TAILQ_FIRST(&wire->open);

    /* The analyzer does not see that TAILQ_REMOVE takes the first one out of the list's head. */
    wire_drop(wire, oldest); /* NOLINT(clang-analyzer-unix.Malloc) */
}

bool wire_lacks_descriptors(int error)
{
    return error == EMFILE || error == ENFILE;
}

void wire_shrink(struct wire *wire)
{
    size_t fewer = wire->count - wire->count / 4;

    fewer = fewer > LIMIT_LEAST ? fewer : LIMIT_LEAST;
    wire->limit = fewer < wire->limit ? fewer : wire->limit;
}

/*
 * When the table of descriptors of a process with threads is full, the thread that opens the next
 * one waits for a grace period of RCU (expand_fdtable in the kernel's fs/file.c), 5 to 15 ms. The
 * table doubles, from 64 on: for 256 questions that would be three times.
 */
static void make_room(struct wire *wire)
{
    if (wire->expected > FEW && wire->count == FEW) {
        raw_make_room(wire->expected - FEW);
        wire->expected = 0;
    }
}

int wire_ask(struct wire *wire, const struct wire_target *target, const struct asking *how,
             enum wire_need need)
{
    struct question *question;
    int error;

    if (wire->count >= wire->limit) {
        if (need == WIRE_OPTIONAL) {
            return ENOSPC;
        }
        drop_oldest(wire);
    }
    question = calloc(1, sizeof(*question));
    if (question == NULL) {
        return ENOMEM;
    }
    question->track = target->track;
    question->siblings = target->questions;
    question->how = *how;
    make_room(wire);
    error = question_ask(question, target->server, target->name);
    if (wire_lacks_descriptors(error)) {
        wire_shrink(wire);
    }
    if ((wire_lacks_descriptors(error) || error == ENOBUFS) && need == WIRE_NEEDED &&
        !TAILQ_EMPTY(&wire->open)) {
        drop_oldest(wire);
        error = question_ask(question, target->server, target->name);
    }
    if (error != 0) {
        free(question);
        return error;
    }
    wire->limit += wire->limit < wire->most ? 1 : 0;
    TAILQ_INSERT_TAIL(&wire->open, question, open);
    TAILQ_INSERT_TAIL(target->questions, question, next);
    wire->count++;
    return 0;
}

void wire_drop(struct wire *wire, struct question *question)
{
    TAILQ_REMOVE(&wire->open, question, open);
    TAILQ_REMOVE(question->siblings, question, next);
    if (question->is_ready) {
        TAILQ_REMOVE(&wire->ready, question, ready);
    }
    wire->count--;
    question_close(question);
    free(question);
}

void wire_poll(const struct wire *wire, struct pollfd *fds)
{
    const struct question *question;

    TAILQ_FOREACH(question, &wire->open, open)
    {
        *fds++ = (struct pollfd){.fd = question->fd, .events = question->events};
    }
}

void wire_polled(struct wire *wire, const struct pollfd *fds)
{
    struct question *question;

    TAILQ_FOREACH(question, &wire->open, open)
    {
        if (fds++->revents != 0 && !question->is_ready) {
            question->is_ready = true;
            TAILQ_INSERT_TAIL(&wire->ready, question, ready);
        }
    }
}

struct question *wire_next_ready(struct wire *wire)
{
    struct question *question = TAILQ_FIRST(&wire->ready);

    if (question != NULL) {
        TAILQ_REMOVE(&wire->ready, question, ready);
        question->is_ready = false;
    }
    return question;
}
