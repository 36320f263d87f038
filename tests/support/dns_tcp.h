/*
 * TCP connections of the server: messages with a two-byte length before each (RFC 1035 section
 * 4.2.2), several per connection, none of which may block the others.
 */
#ifndef SUPPORT_DNS_TCP_H
#define SUPPORT_DNS_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_MESSAGE_MAX 65535U

struct dns_connection {
    uint64_t id; /* never 0, never used again */
    int fd;
    size_t listener;
    bool gone; /* to be closed by dns_connections_sweep */
    size_t in_size;
    uint8_t *out; /* not sent yet; owned */
    size_t out_size;
    uint8_t in[2 + DNS_MESSAGE_MAX];
};

struct dns_connections {
    struct dns_connection **list;
    size_t count;
    uint64_t last_id;
};

/* Accepts what waits at `fd`. A connection that cannot be kept is closed at once. */
void dns_connections_accept(struct dns_connections *connections, int fd, size_t listener);

struct dns_connection *dns_connections_find(const struct dns_connections *connections, uint64_t id);

/* Closes and frees the connections that are gone. */
void dns_connections_sweep(struct dns_connections *connections);

/* Closes and frees all of them. */
void dns_connections_clear(struct dns_connections *connections);

/* Reads what is there; marks the connection gone at its end. */
void dns_connection_read(struct dns_connection *connection);

/* The first whole message that was read, its length in *size; NULL if there is none. */
const uint8_t *dns_connection_message(const struct dns_connection *connection, size_t *size);

/* Forgets the first message. */
void dns_connection_consume(struct dns_connection *connection);

/* Sends a message of at most DNS_MESSAGE_MAX bytes, now or as the peer reads. */
void dns_connection_send(struct dns_connection *connection, const uint8_t *bytes, size_t size);

/* Sends bytes as they are. */
void dns_connection_send_raw(struct dns_connection *connection, const uint8_t *bytes, size_t size);

/* Goes on sending. */
void dns_connection_flush(struct dns_connection *connection);

/* Ends the connection with a RST, which the peer sees as "connection reset". */
void dns_connection_reset(struct dns_connection *connection);

#endif
