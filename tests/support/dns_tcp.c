/* Serves TCP connections side by side. */
#include "tests/support/dns_tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Well below the usual limit of open files, so that accept never fails and spins for lack of one.
 */
#define CONNECTIONS_MAX 512U

static int add_connection(struct dns_connections *connections, int fd, size_t listener)
{
    struct dns_connection **grown;
    struct dns_connection *connection;

    if (connections->count == CONNECTIONS_MAX) {
        return -1;
    }
    grown = realloc(connections->list, (connections->count + 1) * sizeof(*grown));
    if (grown == NULL) {
        return -1;
    }
    connections->list = grown;
    connection = calloc(1, sizeof(*connection));
    if (connection == NULL) {
        return -1;
    }
    connection->id = ++connections->last_id;
    connection->fd = fd;
    connection->listener = listener;
    grown[connections->count++] = connection;
    return 0;
}

void dns_connections_accept(struct dns_connections *connections, int fd, size_t listener)
{
    for (;;) {
        int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (accepted < 0) {
            return;
        }
        if (add_connection(connections, accepted, listener) != 0) {
            close(accepted);
        }
    }
}

struct dns_connection *dns_connections_find(const struct dns_connections *connections, uint64_t id)
{
    for (size_t i = 0; i < connections->count; i++) {
        if (connections->list[i]->id == id && !connections->list[i]->gone) {
            return connections->list[i];
        }
    }
    return NULL;
}

static void connection_destroy(struct dns_connection *connection)
{
    close(connection->fd);
    free(connection->out);
    free(connection);
}

void dns_connections_sweep(struct dns_connections *connections)
{
    size_t kept = 0;

    for (size_t i = 0; i < connections->count; i++) {
        if (connections->list[i]->gone) {
            connection_destroy(connections->list[i]);
        } else {
            connections->list[kept++] = connections->list[i];
        }
    }
    connections->count = kept;
}

void dns_connections_clear(struct dns_connections *connections)
{
    for (size_t i = 0; i < connections->count; i++) {
        connection_destroy(connections->list[i]);
    }
    free(connections->list);
    connections->list = NULL;
    connections->count = 0;
}

static bool would_block(ssize_t result)
{
    return result < 0 && (errno == EAGAIN || errno == EINTR);
}

void dns_connection_read(struct dns_connection *connection)
{
    ssize_t got = recv(connection->fd, connection->in + connection->in_size,
                       sizeof(connection->in) - connection->in_size, 0);

    if (would_block(got)) {
        return;
    }
    if (got <= 0) {
        connection->gone = true;
    } else {
        connection->in_size += (size_t)got;
    }
}

const uint8_t *dns_connection_message(const struct dns_connection *connection, size_t *size)
{
    if (connection->gone || connection->in_size < 2) {
        return NULL;
    }
    *size = (size_t)connection->in[0] << 8 | connection->in[1];
    return connection->in_size < 2 + *size ? NULL : connection->in + 2;
}

void dns_connection_consume(struct dns_connection *connection)
{
    size_t size = 2 + ((size_t)connection->in[0] << 8 | connection->in[1]);

    connection->in_size -= size;
    memmove(connection->in, connection->in + size, connection->in_size);
}

void dns_connection_flush(struct dns_connection *connection)
{
    ssize_t sent = send(connection->fd, connection->out, connection->out_size, MSG_NOSIGNAL);

    if (would_block(sent)) {
        return;
    }
    if (sent < 0) {
        connection->gone = true;
        return;
    }
    connection->out_size -= (size_t)sent;
    memmove(connection->out, connection->out + sent, connection->out_size);
}

static bool append(struct dns_connection *connection, const uint8_t *bytes, size_t size)
{
    uint8_t *grown = realloc(connection->out, connection->out_size + size + 1);

    if (grown == NULL) {
        connection->gone = true;
        return false;
    }
    connection->out = grown;
    if (size > 0) {
        memcpy(grown + connection->out_size, bytes, size);
    }
    connection->out_size += size;
    return true;
}

void dns_connection_send_raw(struct dns_connection *connection, const uint8_t *bytes, size_t size)
{
    if (append(connection, bytes, size)) {
        dns_connection_flush(connection);
    }
}

void dns_connection_send(struct dns_connection *connection, const uint8_t *bytes, size_t size)
{
    const uint8_t length[] = {(uint8_t)(size >> 8), (uint8_t)size};

    if (append(connection, length, sizeof(length))) {
        dns_connection_send_raw(connection, bytes, size);
    }
}

void dns_connection_reset(struct dns_connection *connection)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    connection->gone = true;
}
