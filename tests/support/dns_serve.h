/*
 * The server's state, and what happens to it when something arrives. Waiting for that is the main
 * program's part.
 */
#ifndef SUPPORT_DNS_SERVE_H
#define SUPPORT_DNS_SERVE_H

#include <stddef.h>
#include <stdint.h>

#include "tests/support/dns_counters.h"
#include "tests/support/dns_delay.h"
#include "tests/support/dns_listen.h"
#include "tests/support/dns_script.h"
#include "tests/support/dns_tcp.h"

struct dns_server {
    struct dns_listener *listeners;
    size_t listener_count;
    struct dns_script script;
    struct dns_counters counters;
    struct dns_delays delays;
    struct dns_connections connections;
    int log; /* descriptor that gets the `query` lines; borrowed */
    unsigned long queries;
};

/* Nanoseconds on a clock that never jumps. */
int64_t dns_server_now_ns(void);

/* The three below return 0, or -1 when memory is short or the log cannot be written. */

/* Answers all datagrams that wait at a listener. */
int dns_server_read_udp(struct dns_server *server, size_t listener);

/* Reads a connection and answers the whole messages it has. */
int dns_server_read_tcp(struct dns_server *server, struct dns_connection *connection);

/* Forgets the counters and begins to number the queries anew. */
int dns_server_reset(struct dns_server *server);

/* Sends every delayed reply that is due. */
void dns_server_send_due(struct dns_server *server);

/* Writes one line, at once and whole. Returns 0 or -1 with errno. */
int dns_server_write_line(int fd, const char *line, size_t length);

/* Closes and frees everything but `log`. Takes a zeroed server. */
void dns_server_clear(struct dns_server *server);

#endif
