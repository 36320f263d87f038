/* Answers questions by a fixed list of names. */
#include "shim/command/selftest/responder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/base/keep.h"
#include "shim/command/selftest/message.h"

static const struct name {
    const char *name;
    const char *address;
    bool ipv6;
} names[] = {
    {RESPONDER_SHORT, RESPONDER_ADDRESS("1"), false},
    {RESPONDER_LONG, RESPONDER_ADDRESS("2"), false},
    {RESPONDER_FLAKY, RESPONDER_ADDRESS("3"), false},
    {RESPONDER_WILD, RESPONDER_ADDRESS("4"), false},
    {RESPONDER_LABEL, RESPONDER_ADDRESS("5"), false},
    {RESPONDER_IPV6, "2001:db8::1", true},
};

static atomic_bool flaky_failed;

void responder_reset(void)
{
    atomic_store(&flaky_failed, false);
}

static size_t answer(const unsigned char *bytes, const struct message_query *query,
                     unsigned char reply[static MESSAGE_MAX])
{
    struct in6_addr data;

    if (strcmp(query->name, RESPONDER_FAILING) == 0 ||
        (strcmp(query->name, RESPONDER_FLAKY) == 0 && !atomic_exchange(&flaky_failed, true))) {
        return message_reply(bytes, query, MESSAGE_SERVFAIL, NULL, 0, reply);
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(query->name, names[i].name) != 0) {
            continue;
        }
        if (query->type != (names[i].ipv6 ? MESSAGE_AAAA : MESSAGE_A)) {
            return message_reply(bytes, query, MESSAGE_NOERROR, NULL, 0, reply);
        }
        inet_pton(names[i].ipv6 ? AF_INET6 : AF_INET, names[i].address, &data);
        return message_reply(bytes, query, MESSAGE_NOERROR, &data,
                             names[i].ipv6 ? sizeof(data) : sizeof(struct in_addr), reply);
    }
    return message_reply(bytes, query, MESSAGE_NXDOMAIN, NULL, 0, reply);
}

static void serve(int file)
{
    unsigned char bytes[MESSAGE_MAX];
    unsigned char reply[MESSAGE_MAX];
    struct message_query query;
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    const ssize_t length = recvfrom(file, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &size);

    if (length <= 0 || !message_read(bytes, (size_t)length, &query)) {
        return;
    }
    /* Who asked may be gone; a lost answer is asked for again. */
    sendto(file, reply, answer(bytes, &query, reply), MSG_NOSIGNAL, (const struct sockaddr *)&from,
           size);
}

static void *run(void *context)
{
    const struct responder *const responder = context;
    struct pollfd wait[] = {{.fd = responder->socket, .events = POLLIN},
                            {.fd = responder->stop[0], .events = POLLIN}};

    while (wait[1].revents == 0) {
        if (poll(wait, 2, -1) > 0 && (wait[0].revents & POLLIN) != 0) {
            serve(responder->socket);
        }
    }
    return NULL;
}

/* All signals are for the thread that waits for the boxes. */
static int start_thread(struct responder *responder)
{
    BLOCK_SIGNALS;

    return pthread_create(&responder->thread, NULL, run, responder);
}

static void close_all(struct responder *responder)
{
    close(responder->socket);
    close(responder->stop[0]);
    close(responder->stop[1]);
}

int responder_start(struct responder *responder)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int error;

    *responder = (struct responder){.socket = -1, .stop = {-1, -1}};
    responder_reset();
    responder->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (responder->socket < 0 ||
        bind(responder->socket, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        getsockname(responder->socket, (struct sockaddr *)&address, &size) != 0 ||
        pipe2(responder->stop, O_CLOEXEC) != 0) {
        error = errno;
    } else {
        error = start_thread(responder);
    }
    if (error != 0) {
        close_all(responder);
    }
    responder->port = ntohs(address.sin_port);
    return error;
}

void responder_stop(struct responder *responder)
{
    close(responder->stop[1]);
    responder->stop[1] = -1;
    pthread_join(responder->thread, NULL);
    close_all(responder);
}
