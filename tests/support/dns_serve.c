/* Handles what arrives at the server. */
#include "tests/support/dns_serve.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000LL
#define NS_PER_MS     1000000LL

int64_t dns_server_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

int dns_server_write_line(int fd, const char *line, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, line, length);

        if (written < 0 && errno != EINTR) {
            return -1;
        }
        if (written > 0) {
            line += written;
            length -= (size_t)written;
        }
    }
    return 0;
}

/* `type` and `name` are "-" for what is no query. */
static int log_query(struct dns_server *server, const struct dns_peer *peer, const char *type,
                     const char *name)
{
    char line[DNS_KEY_SIZE + 128];
    int length = snprintf(line, sizeof(line), "query %lu %s %s %s %s\n", ++server->queries,
                          peer->connection == 0 ? "udp" : "tcp",
                          server->listeners[peer->listener].name, type, name);

    if (length < 0 || (size_t)length >= sizeof(line)) {
        return -1;
    }
    return dns_server_write_line(server->log, line, (size_t)length);
}

/* A socket that sends from the listener's port, but from an address nobody listens at; for IPv6
   from another port. -1 if there is none to be had. */
static int strange_socket(const struct dns_server *server, const struct dns_peer *peer)
{
    struct sockaddr_storage own;
    socklen_t length = sizeof(own);
    struct sockaddr_in strange = {.sin_family = AF_INET, .sin_addr = {htonl(0x7f424242)}};
    const int fd = socket(peer->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || peer->address.ss_family != AF_INET) {
        return fd;
    }
    if (getsockname(server->listeners[peer->listener].udp, (struct sockaddr *)&own, &length) == 0) {
        strange.sin_port = ((const struct sockaddr_in *)&own)->sin_port;
    }
    if (bind(fd, (const struct sockaddr *)&strange, sizeof(strange)) == 0) {
        return fd;
    }
    close(fd);
    return -1;
}

/* A peer that is gone is no fault of the server. */
static void send_datagram(const struct dns_server *server, const struct dns_peer *peer,
                          const struct dns_reply *reply)
{
    const int own = server->listeners[peer->listener].udp;
    const int fd = reply->wrong_source ? strange_socket(server, peer) : own;

    (void)sendto(fd, reply->bytes, reply->size, MSG_NOSIGNAL,
                 (const struct sockaddr *)&peer->address, peer->length);
    if (fd != own) {
        close(fd);
    }
}

/* Turns a whole reply into the rest of one, its length in front. */
static int begin_dribble(struct dns_reply *reply)
{
    uint8_t *grown = realloc(reply->bytes, reply->size + 2);

    if (grown == NULL) {
        return -1;
    }
    memmove(grown + 2, grown, reply->size);
    grown[0] = (uint8_t)(reply->size >> 8);
    grown[1] = (uint8_t)reply->size;
    reply->bytes = grown;
    reply->size += 2;
    reply->kind = DNS_REPLY_DRIBBLE;
    return 0;
}

/* Sends one byte; the rest of the reply waits for its turn. */
static int dribble(struct dns_server *server, const struct dns_peer *peer,
                   struct dns_connection *connection, struct dns_reply *reply)
{
    if (reply->kind == DNS_REPLY_SEND && begin_dribble(reply) != 0) {
        return -1;
    }
    dns_connection_send_raw(connection, reply->bytes, 1);
    reply->size--;
    if (reply->size == 0) {
        return 0;
    }
    memmove(reply->bytes, reply->bytes + 1, reply->size);
    return dns_delays_add(&server->delays, dns_server_now_ns() + reply->dribble_ms * NS_PER_MS,
                          peer, reply);
}

/* Returns 0, or -1 when memory is short. The reply stays the caller's, emptied if it has to wait.
 */
static int send_reply(struct dns_server *server, const struct dns_peer *peer,
                      struct dns_reply *reply)
{
    struct dns_connection *connection;

    if (reply->kind == DNS_REPLY_NONE) {
        return 0;
    }
    if (peer->connection == 0) {
        send_datagram(server, peer, reply);
        return 0;
    }
    connection = dns_connections_find(&server->connections, peer->connection);
    if (connection == NULL) {
        return 0;
    }
    if (reply->kind == DNS_REPLY_RESET) {
        dns_connection_reset(connection);
    } else if (reply->dribble_ms > 0) {
        return dribble(server, peer, connection, reply);
    } else {
        dns_connection_send(connection, reply->bytes, reply->size);
    }
    return 0;
}

/*
 * The action that a question meets. Only A questions take a step: a client that also asks for AAAA
 * sees the same state of affairs. TCP after a truncated answer is the same question once more.
 */
static const struct dns_action *choose_action(const struct dns_entry *entry,
                                              struct dns_counter *counter, ldns_rr_type type,
                                              struct dns_asked *asked)
{
    unsigned step = counter->questions;

    asked->nth = type == LDNS_RR_TYPE_A ? counter->asked++ : counter->others++;
    if (type == LDNS_RR_TYPE_A) {
        if (asked->tcp && counter->truncated) {
            step--;
        } else {
            counter->questions++;
        }
        counter->truncated = false;
    }
    asked->turn = step;
    return &entry->steps[step < entry->step_count ? step : entry->step_count - 1];
}

/* False if the listener has answered `limit` questions in this second already. */
static bool is_within_limit(struct dns_listener *listener, unsigned limit, int64_t now_ns)
{
    if (now_ns - listener->second_ns >= NS_PER_SECOND) {
        listener->second_ns = now_ns;
        listener->in_second = 0;
    }
    return listener->in_second++ < limit;
}

static int answer_question(struct dns_server *server, const struct dns_peer *peer, int64_t now_ns,
                           const ldns_pkt *query, const char *name)
{
    const ldns_rr_type type = ldns_rr_get_type(ldns_rr_list_rr(ldns_pkt_question(query), 0));
    struct dns_listener *listener = &server->listeners[peer->listener];
    const struct dns_entry *entry = dns_script_find(&server->script, listener->host, name);
    struct dns_asked asked = {.tcp = peer->connection != 0};
    struct dns_counter *counter = dns_counters_get(&server->counters, entry->address, name);
    const struct dns_action *action;
    struct dns_reply reply;
    int result = 0;

    if (counter == NULL) {
        return -1;
    }
    action = choose_action(entry, counter, type, &asked);
    if (dns_reply_make(action, query, &asked, &reply) != 0) {
        return -1;
    }
    if (reply.limit > 0 && !is_within_limit(listener, reply.limit, now_ns)) {
        dns_reply_clear(&reply);
        return 0;
    }
    if (type == LDNS_RR_TYPE_A) {
        counter->truncated = reply.truncated;
    }
    if (reply.delay_ms > 0) {
        result = dns_delays_add(&server->delays, now_ns + reply.delay_ms * NS_PER_MS, peer, &reply);
    } else {
        result = send_reply(server, peer, &reply);
    }
    dns_reply_clear(&reply);
    return result;
}

/* The name of the question as text without trailing dot; the caller frees it. */
static char *question_text(const ldns_rr *question)
{
    char *text = ldns_rdf2str(ldns_rr_owner(question));
    size_t length = text == NULL ? 0 : strlen(text);

    if (length > 1 && text[length - 1] == '.') {
        text[length - 1] = '\0';
    }
    return text;
}

static int receive_question(struct dns_server *server, const struct dns_peer *peer, int64_t now_ns,
                            const ldns_pkt *query)
{
    const ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(query), 0);
    char *name = question_text(question);
    char *type = ldns_rr_type2str(ldns_rr_get_type(question));
    int result = -1;

    if (name == NULL || type == NULL || log_query(server, peer, type, name) != 0) {
        goto out;
    }
    for (char *letter = name; *letter != '\0'; letter++) {
        *letter = (char)tolower((unsigned char)*letter);
    }
    result = answer_question(server, peer, now_ns, query, name);
out:
    free(type);
    free(name);
    return result;
}

/* `now_ns` is when it arrived: what it waited here already is part of its delay. */
static int receive(struct dns_server *server, const struct dns_peer *peer, int64_t now_ns,
                   const uint8_t *bytes, size_t size)
{
    ldns_pkt *query = NULL;
    int result;

    if (ldns_wire2pkt(&query, bytes, size) == LDNS_STATUS_OK && !ldns_pkt_qr(query) &&
        ldns_pkt_qdcount(query) == 1) {
        result = receive_question(server, peer, now_ns, query);
    } else {
        result = log_query(server, peer, "-", "-");
    }
    ldns_pkt_free(query);
    return result;
}

/* When the kernel got a datagram, on our clock; the kernel tells it in wall-clock time. */
static int64_t arrival_ns(struct msghdr *message)
{
    const struct cmsghdr *control = CMSG_FIRSTHDR(message);
    struct timespec wall;
    struct timespec arrival;

    if (control == NULL || control->cmsg_type != SCM_TIMESTAMPNS) {
        return dns_server_now_ns();
    }
    memcpy(&arrival, CMSG_DATA(control), sizeof(arrival));
    clock_gettime(CLOCK_REALTIME, &wall);
    return dns_server_now_ns() - (wall.tv_sec - arrival.tv_sec) * NS_PER_SECOND -
           (wall.tv_nsec - arrival.tv_nsec);
}

int dns_server_read_udp(struct dns_server *server, size_t listener)
{
    uint8_t bytes[DNS_MESSAGE_MAX];
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct timespec))];

    for (;;) {
        struct dns_peer peer = {.listener = listener};
        struct iovec part = {.iov_base = bytes, .iov_len = sizeof(bytes)};
        struct msghdr message = {.msg_name = &peer.address,
                                 .msg_namelen = sizeof(peer.address),
                                 .msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof(control)};
        ssize_t got = recvmsg(server->listeners[listener].udp, &message, 0);

        if (got < 0) {
            return 0;
        }
        peer.length = message.msg_namelen;
        if (receive(server, &peer, arrival_ns(&message), bytes, (size_t)got) != 0) {
            return -1;
        }
        /* A burst of questions must not hold up the replies that fall due meanwhile. */
        dns_server_send_due(server);
    }
}

int dns_server_read_tcp(struct dns_server *server, struct dns_connection *connection)
{
    const struct dns_peer peer = {.listener = connection->listener, .connection = connection->id};
    const uint8_t *message;
    size_t size;

    dns_connection_read(connection);
    while ((message = dns_connection_message(connection, &size)) != NULL) {
        if (receive(server, &peer, dns_server_now_ns(), message, size) != 0) {
            return -1;
        }
        dns_connection_consume(connection);
    }
    return 0;
}

int dns_server_reset(struct dns_server *server)
{
    server->queries = 0;
    dns_counters_clear(&server->counters);
    return dns_counters_init(&server->counters);
}

void dns_server_send_due(struct dns_server *server)
{
    struct dns_delayed delayed;

    while (dns_delays_take(&server->delays, dns_server_now_ns(), &delayed) > 0) {
        (void)send_reply(server, &delayed.peer, &delayed.reply);
        dns_reply_clear(&delayed.reply);
    }
}

void dns_server_clear(struct dns_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        dns_listener_close(&server->listeners[i]);
    }
    free(server->listeners);
    dns_connections_clear(&server->connections);
    dns_delays_clear(&server->delays);
    dns_counters_clear(&server->counters);
    dns_script_clear(&server->script);
    memset(server, 0, sizeof(*server));
}
