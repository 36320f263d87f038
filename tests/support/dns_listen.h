/*
 * The addresses the server listens on, UDP and TCP on the same port, or one of the two.
 */
#ifndef SUPPORT_DNS_LISTEN_H
#define SUPPORT_DNS_LISTEN_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

struct dns_listener {
    int udp; /* -1: nobody is there */
    int tcp;
    int64_t second_ns;               /* when the present second of `limit` began */
    unsigned in_second;              /* questions in it */
    char host[INET6_ADDRSTRLEN];     /* as a script restricts entries: "127.0.0.1" */
    char name[INET6_ADDRSTRLEN + 9]; /* as logged: "127.0.0.1:53", "[::1]:53" */
};

/*
 * Opens both sockets, not blocking, for `text`: "ADDRESS:PORT" or "[ADDRESS]:PORT", port 0 for any
 * that is free; with "udp:" or "tcp:" in front only that one. Returns 0 and fills *out
 * (dns_listener_close), or -1 with a text in `error`.
 */
int dns_listener_open(const char *text, struct dns_listener *out, char *error, size_t size);

void dns_listener_close(struct dns_listener *listener);

#endif
