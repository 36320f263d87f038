/*
 * The transport of DNS: a datagram to and fro, or a stream with the length before each message
 * (RFC 1035 4.2). It is ours and not that of c-ares, because the schedule needs what its channels
 * do not give: a new port for every question that is asked again, questions that outlive their
 * attempt, a server's own failure told from the failure of all, every instant by the clock of
 * clock.h, and sockets that no other preload gets to see.
 */
#include "resolver/question.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "resolver/random.h"
#include "resolver/raw.h"

/* No datagram that was asked for is longer; what is, is fetched over TCP. */
enum { DATAGRAM_MAX = 4096 };

/* After so many at a time that answer nothing, the clock and other questions have their turn. */
enum { STRAYS_MAX = 64 };

/* Not an error of the socket: try again later. */
static bool is_passing(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == EINPROGRESS;
}

/* Returns 0 or an errno. */
static int send_datagram(struct question *question)
{
    const unsigned char *message = question->query.bytes + DNS_PREFIX_SIZE;

    /* What the kernel has no room for is as good as lost, and asked again. */
    if (raw_send(question->fd, message, question->query.size) < 0 && !is_passing(errno)) {
        return errno;
    }
    question->events = POLLIN;
    return 0;
}

/* Returns 0 or an errno. */
static int send_stream(struct question *question)
{
    size_t size = DNS_PREFIX_SIZE + question->query.size;

    while (question->sent < size) {
        ssize_t sent =
            raw_send(question->fd, question->query.bytes + question->sent, size - question->sent);
        if (sent < 0) {
            return is_passing(errno) ? 0 : errno;
        }
        question->sent += (size_t)sent;
    }
    question->events = POLLIN;
    return 0;
}

int question_ask(struct question *question, const struct server *server, const char *name)
{
    uint16_t id;
    int error;

    question->fd = -1;
    question->buffer = NULL;
    if (random_16(&id) != 0) {
        return ENOSYS;
    }
    error = dns_write(&question->query, name, question->how.type, id, question->how.edns);
    if (error != 0) {
        return error;
    }
    question->fd =
        raw_socket(server->address.any.sa_family, question->how.stream ? SOCK_STREAM : SOCK_DGRAM);
    if (question->fd < 0) {
        return errno;
    }
    if (raw_connect(question->fd, &server->address.any, server->address_length) != 0 &&
        !is_passing(errno)) {
        error = errno;
    } else if (question->how.stream) {
        question->events = POLLOUT;
    } else {
        error = send_datagram(question);
    }
    if (error != 0) {
        question_close(question);
    }
    return error;
}

static enum question_event receive_datagram(struct question *question, struct dns_reply *reply,
                                            int *error)
{
    static const enum question_event events[] = {
        [DNS_CUT] = QUESTION_CUT, [DNS_NO_EDNS] = QUESTION_NO_EDNS, [DNS_REPLY] = QUESTION_REPLIED};
    unsigned char bytes[DATAGRAM_MAX];
    int strays = 0;

    for (; strays < STRAYS_MAX; strays++) {
        /* With MSG_TRUNC the length is the datagram's, also where it does not fit. */
        ssize_t got = raw_receive(question->fd, bytes, sizeof(bytes), MSG_TRUNC);
        enum dns_kind kind;

        if (got < 0 && is_passing(errno)) {
            break;
        }
        if (got < 0) {
            *error = errno;
            return QUESTION_FAILED;
        }
        if ((size_t)got > sizeof(bytes)) {
            if (dns_answers(&question->query, bytes, sizeof(bytes))) {
                return QUESTION_CUT;
            }
            continue;
        }
        kind = dns_read(&question->query, bytes, (size_t)got, false, reply);
        if (kind != DNS_STRAY) {
            return events[kind];
        }
    }
    return strays > 0 ? QUESTION_STRAY : QUESTION_WAITS;
}

/* Makes room for the message, whose length is known once the prefix is there. */
static int stream_reserve(struct question *question)
{
    unsigned char *grown;

    if (question->filled == DNS_PREFIX_SIZE) {
        question->expected =
            DNS_PREFIX_SIZE + ((size_t)question->buffer[0] << 8 | question->buffer[1]);
    } else if (question->buffer == NULL) {
        question->expected = DNS_PREFIX_SIZE;
    } else {
        return 0;
    }
    grown = realloc(question->buffer, question->expected);
    if (grown == NULL) {
        return ENOMEM;
    }
    question->buffer = grown;
    return 0;
}

static enum question_event receive_stream(struct question *question, struct dns_reply *reply,
                                          int *error)
{
    for (;;) {
        ssize_t got;

        *error = stream_reserve(question);
        if (*error != 0) {
            return QUESTION_FAILED;
        }
        if (question->filled > DNS_PREFIX_SIZE && question->filled == question->expected) {
            break;
        }
        got = question->filled == question->expected
                  ? 0
                  : raw_receive(question->fd, question->buffer + question->filled,
                                question->expected - question->filled, 0);
        if (got < 0 && is_passing(errno)) {
            return QUESTION_WAITS;
        }
        if (got <= 0) {
            *error = got < 0 ? errno : ECONNRESET;
            return QUESTION_FAILED;
        }
        question->filled += (size_t)got;
    }
    /* Whoever sends something else over a connection of our own sends nothing of use. */
    if (dns_read(&question->query, question->buffer + DNS_PREFIX_SIZE,
                 question->expected - DNS_PREFIX_SIZE, true, reply) == DNS_NO_EDNS) {
        return QUESTION_NO_EDNS;
    }
    return QUESTION_REPLIED;
}

enum question_event question_process(struct question *question, struct dns_reply *reply, int *error)
{
    if (!question->how.stream) {
        return receive_datagram(question, reply, error);
    }
    if (question->events == POLLOUT) {
        *error = send_stream(question);
        if (*error != 0) {
            return QUESTION_FAILED;
        }
    }
    return question->events == POLLOUT ? QUESTION_WAITS : receive_stream(question, reply, error);
}

void question_close(struct question *question)
{
    if (question->fd >= 0) {
        (void)raw_close(question->fd);
    }
    question->fd = -1;
    free(question->buffer);
    question->buffer = NULL;
}
