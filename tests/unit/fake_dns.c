/* See fake_dns.h. Failures of the test's own machinery abort: they are no result. */
#include "tests/unit/fake_dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/fake_dns_script.h"

enum { CONNECTIONS = 32, DEFERRED = 4096, MESSAGE_MAX = 16384, STRAGGLER_MS = 3 };

struct connection {
    int fd;
    unsigned char buffer[1024];
    size_t filled;
};

struct endpoint {
    enum fake_dns_mode mode;
    int udp;
    int listener;
    struct connection connections[CONNECTIONS];
};

struct deferred {
    bool used;
    int64_t at_ms;
    unsigned server;
    int connection; /* index, or -1 for UDP */
    struct sockaddr_in peer;
    size_t size;
    unsigned char *message;
};

struct fake_dns {
    struct resolver_clock clock;
    bool virtual_time;
    int64_t now_ms; /* virtual */
    nfds_t last_count;
    bool idle;        /* nothing was sent since a straggler could have shown up */
    int64_t start_ms; /* real */
    struct endpoint endpoints[FAKE_DNS_SERVERS];
    struct deferred deferred[DEFERRED];
    struct fake_dns_query log[FAKE_DNS_LOG];
    size_t logged;
    int64_t action_ms;
    void (*action)(void *);
    void *action_context;
};

#define must(good, what)                                                                           \
    do {                                                                                           \
        if (!(good)) {                                                                             \
            perror(what);                                                                          \
            abort();                                                                               \
        }                                                                                          \
    } while (false)

static int64_t dns_now(void *context)
{
    struct fake_dns *dns = context;

    return dns->virtual_time ? dns->now_ms : resolver_system_clock.now_ms(NULL) - dns->start_ms;
}

/* ---- sockets ------------------------------------------------------------------------------- */

static int listen_on(int type, unsigned server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
    int on = 1;
    int size = 4 << 20;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + server);
    must(fd >= 0, "socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
    must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
    if (type == SOCK_STREAM) {
        must(listen(fd, CONNECTIONS) == 0, "listen");
    }
    return fd;
}

static void deliver(struct fake_dns *dns, struct deferred *reply)
{
    struct endpoint *endpoint = &dns->endpoints[reply->server];

    dns->idle = false;
    if (reply->connection < 0) {
        (void)sendto(endpoint->udp, reply->message, reply->size, 0, (struct sockaddr *)&reply->peer,
                     sizeof(reply->peer));
    } else if (endpoint->connections[reply->connection].fd >= 0) {
        unsigned char length[2] = {(unsigned char)(reply->size >> 8), (unsigned char)reply->size};
        int fd = endpoint->connections[reply->connection].fd;
        /* The client may have hung up meanwhile. */
        if (send(fd, length, 2, MSG_NOSIGNAL) == 2) {
            (void)send(fd, reply->message, reply->size, MSG_NOSIGNAL);
        }
    }
    free(reply->message);
    reply->used = false;
}

static void handle_query(struct fake_dns *dns, unsigned server, int connection,
                         const struct sockaddr_in *peer, const unsigned char *message, size_t size)
{
    struct endpoint *endpoint = &dns->endpoints[server];
    struct fake_dns_query *query = &dns->log[dns->logged];
    struct script_reply replies[SCRIPT_REPLIES];
    size_t count = 0;
    char name[256] = "";

    dns->idle = false;
    must(dns->logged < FAKE_DNS_LOG, "log");
    must(script_parse(message, size, name, &query->type), "query");
    (void)snprintf(query->name, sizeof(query->name), "%.63s", name);
    query->at_ms = dns_now(dns);
    query->server = server;
    query->tcp = connection >= 0;
    size_t earlier = fake_dns_count_of(dns, query->name, query->type);
    dns->logged++;
    if (endpoint->mode == FAKE_DNS_SILENT) {
        return;
    }
    count = script_answer(endpoint->mode == FAKE_DNS_SERVFAIL ? "sf" : name, message, size,
                          query->type, query->tcp, earlier, replies);
    for (size_t i = 0; i < count; i++) {
        size_t slot = 0;
        while (slot < DEFERRED && dns->deferred[slot].used) {
            slot++;
        }
        must(slot < DEFERRED, "deferred");
        dns->deferred[slot] = (struct deferred){.used = true,
                                                .at_ms = query->at_ms + replies[i].delay_ms,
                                                .server = server,
                                                .connection = connection,
                                                .size = replies[i].size,
                                                .message = replies[i].message};
        if (peer != NULL) {
            dns->deferred[slot].peer = *peer;
        }
    }
}

static void read_udp(struct fake_dns *dns, unsigned server)
{
    unsigned char message[MESSAGE_MAX];
    struct sockaddr_in peer;
    socklen_t length = sizeof(peer);
    ssize_t size;

    while ((size = recvfrom(dns->endpoints[server].udp, message, sizeof(message), 0,
                            (struct sockaddr *)&peer, &length)) > 0) {
        handle_query(dns, server, -1, &peer, message, (size_t)size);
        length = sizeof(peer);
    }
}

static void read_tcp(struct fake_dns *dns, unsigned server)
{
    struct endpoint *endpoint = &dns->endpoints[server];

    for (int i = 0; i < CONNECTIONS; i++) {
        struct connection *connection = &endpoint->connections[i];
        if (connection->fd < 0) {
            connection->fd = accept4(endpoint->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
            connection->filled = 0;
        }
        if (connection->fd < 0) {
            continue;
        }
        ssize_t got = recv(connection->fd, connection->buffer + connection->filled,
                           sizeof(connection->buffer) - connection->filled, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            (void)close(connection->fd);
            connection->fd = -1;
            continue;
        }
        connection->filled += got > 0 ? (size_t)got : 0;
        for (;;) {
            size_t size = (size_t)connection->buffer[0] << 8 | connection->buffer[1];
            if (connection->filled < 2 || connection->filled < size + 2) {
                break;
            }
            handle_query(dns, server, i, NULL, connection->buffer + 2, size);
            connection->filled -= size + 2;
            memmove(connection->buffer, connection->buffer + size + 2, connection->filled);
        }
    }
}

/* ---- the clock ----------------------------------------------------------------------------- */

/* Reads and answers whatever is due; returns when the next thing is. */
static int64_t serve(struct fake_dns *dns)
{
    int64_t next_ms = INT64_MAX;
    int64_t now_ms;

    for (unsigned i = 0; i < FAKE_DNS_SERVERS; i++) {
        if (dns->endpoints[i].udp >= 0) {
            read_udp(dns, i);
        }
        if (dns->endpoints[i].listener >= 0) {
            read_tcp(dns, i);
        }
    }
    now_ms = dns_now(dns);
    if (dns->action != NULL && now_ms >= dns->action_ms) {
        void (*action)(void *) = dns->action;
        dns->action = NULL;
        action(dns->action_context);
    }
    if (dns->action != NULL) {
        next_ms = dns->action_ms;
    }
    for (size_t i = 0; i < DEFERRED; i++) {
        struct deferred *reply = &dns->deferred[i];
        if (reply->used && now_ms >= reply->at_ms) {
            deliver(dns, reply);
        } else if (reply->used && reply->at_ms < next_ms) {
            next_ms = reply->at_ms;
        }
    }
    return next_ms;
}

/* Polls the client's sockets and our own, so that neither waits for the other. */
static int poll_all(struct fake_dns *dns, struct pollfd *fds, nfds_t count, int timeout_ms,
                    bool *ours)
{
    struct pollfd *all = calloc(count + FAKE_DNS_SERVERS * (2UL + CONNECTIONS), sizeof(*all));
    nfds_t used = count;
    int client = 0;

    must(all != NULL, "calloc");
    memcpy(all, fds, count * sizeof(*fds));
    for (unsigned i = 0; i < FAKE_DNS_SERVERS; i++) {
        struct endpoint *endpoint = &dns->endpoints[i];
        all[used++] = (struct pollfd){.fd = endpoint->udp, .events = POLLIN};
        all[used++] = (struct pollfd){.fd = endpoint->listener, .events = POLLIN};
        for (int c = 0; c < CONNECTIONS; c++) {
            all[used++] = (struct pollfd){.fd = endpoint->connections[c].fd, .events = POLLIN};
        }
    }
    (void)poll(all, used, timeout_ms);
    for (nfds_t i = 0; i < used; i++) {
        if (i < count) {
            fds[i].revents = all[i].revents;
            client += all[i].revents != 0 ? 1 : 0;
        } else if (all[i].revents != 0) {
            *ours = true;
        }
    }
    free(all);
    return client;
}

static int dns_wait(void *context, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct fake_dns *dns = context;
    int64_t end_ms = dns_now(dns) + timeout_ms;

    /* New sockets: something may have been sent that the kernel has yet to deliver. */
    dns->idle = dns->idle && count == dns->last_count;
    dns->last_count = count;
    for (;;) {
        int64_t next_ms = serve(dns);
        int64_t now_ms = dns_now(dns);
        bool ours = false;
        int real_ms = dns->idle ? 0 : STRAGGLER_MS;

        next_ms = next_ms < end_ms ? next_ms : end_ms;
        if (!dns->virtual_time) {
            real_ms = next_ms > now_ms ? (int)(next_ms - now_ms) : 0;
        }
        int ready = poll_all(dns, fds, count, real_ms, &ours);
        dns->idle = ready == 0 && !ours;
        if (ready > 0) {
            return ready;
        }
        if (ours) {
            continue;
        }
        if (now_ms >= end_ms) {
            return 0;
        }
        if (dns->virtual_time) {
            dns->now_ms = next_ms > now_ms ? next_ms : now_ms;
        }
    }
}

/* ---- life ---------------------------------------------------------------------------------- */

struct fake_dns *fake_dns_start(bool virtual_time, const enum fake_dns_mode modes[FAKE_DNS_SERVERS])
{
    struct fake_dns *dns = calloc(1, sizeof(*dns));

    must(dns != NULL, "calloc");
    dns->clock = (struct resolver_clock){.context = dns, .now_ms = dns_now, .wait = dns_wait};
    dns->virtual_time = virtual_time;
    dns->start_ms = resolver_system_clock.now_ms(NULL);
    for (unsigned i = 0; i < FAKE_DNS_SERVERS; i++) {
        struct endpoint *endpoint = &dns->endpoints[i];
        bool tcp = modes[i] != FAKE_DNS_CLOSED && modes[i] != FAKE_DNS_UDP;
        endpoint->mode = modes[i];
        endpoint->udp = modes[i] == FAKE_DNS_CLOSED ? -1 : listen_on(SOCK_DGRAM, i);
        endpoint->listener = tcp ? listen_on(SOCK_STREAM, i) : -1;
        for (int c = 0; c < CONNECTIONS; c++) {
            endpoint->connections[c].fd = -1;
        }
    }
    return dns;
}

void fake_dns_stop(struct fake_dns *dns)
{
    for (unsigned i = 0; i < FAKE_DNS_SERVERS; i++) {
        (void)close(dns->endpoints[i].udp);
        (void)close(dns->endpoints[i].listener);
        for (int c = 0; c < CONNECTIONS; c++) {
            (void)close(dns->endpoints[i].connections[c].fd);
        }
    }
    for (size_t i = 0; i < DEFERRED; i++) {
        if (dns->deferred[i].used) {
            free(dns->deferred[i].message);
        }
    }
    free(dns);
}

const struct resolver_clock *fake_dns_clock(struct fake_dns *dns)
{
    return &dns->clock;
}

int64_t fake_dns_elapsed(struct fake_dns *dns)
{
    return dns_now(dns);
}

void fake_dns_at(struct fake_dns *dns, int64_t at_ms, void (*action)(void *), void *context)
{
    dns->action_ms = at_ms;
    dns->action = action;
    dns->action_context = context;
}

size_t fake_dns_count(const struct fake_dns *dns)
{
    return dns->logged;
}

static bool query_is(const struct fake_dns_query *query, const char *name, unsigned type)
{
    return (name == NULL || strcasecmp(query->name, name) == 0) &&
           (type == 0 || query->type == type);
}

size_t fake_dns_count_of(const struct fake_dns *dns, const char *name, unsigned type)
{
    size_t count = 0;

    for (size_t i = 0; i < dns->logged; i++) {
        count += query_is(&dns->log[i], name, type) ? 1 : 0;
    }
    return count;
}

const struct fake_dns_query *fake_dns_nth(const struct fake_dns *dns, const char *name, size_t n)
{
    for (size_t i = 0; i < dns->logged; i++) {
        if (query_is(&dns->log[i], name, 0) && n-- == 0) {
            return &dns->log[i];
        }
    }
    return NULL;
}
