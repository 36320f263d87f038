/* Opens the server's sockets. */
#include "tests/support/dns_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A free UDP port may be taken for TCP; then another one is tried. */
#define PORT_TRIES 32

/* Hundreds of questions may come at once, and one lost to a full buffer would look like `drop`. */
#define RECEIVE_BUFFER (8 * 1024 * 1024)

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t length_of(const union address *address)
{
    return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

/* The port has the same place in both forms. */
static in_port_t *port_of(union address *address)
{
    return address->any.sa_family == AF_INET ? &address->v4.sin_port : &address->v6.sin6_port;
}

static int parse_port(const char *text, in_port_t *out)
{
    char *end;
    unsigned long port;

    if (text[0] < '0' || text[0] > '9') {
        return -1;
    }
    port = strtoul(text, &end, 10);
    if (*end != '\0' || port > UINT16_MAX) {
        return -1;
    }
    *out = htons((uint16_t)port);
    return 0;
}

static int parse_address(const char *text, union address *out)
{
    const char *colon = strrchr(text, ':');
    const bool bracketed = text[0] == '[';
    char host[INET6_ADDRSTRLEN];
    size_t length;

    memset(out, 0, sizeof(*out));
    if (colon == NULL || (bracketed && (colon - text < 2 || colon[-1] != ']'))) {
        return -1;
    }
    length = (size_t)(colon - text) - (bracketed ? 2 : 0);
    if (length >= sizeof(host)) {
        return -1;
    }
    memcpy(host, text + (bracketed ? 1 : 0), length);
    host[length] = '\0';
    out->any.sa_family = bracketed ? AF_INET6 : AF_INET;
    if (bracketed ? inet_pton(AF_INET6, host, &out->v6.sin6_addr) != 1
                  : inet_pton(AF_INET, host, &out->v4.sin_addr) != 1) {
        return -1;
    }
    return parse_port(colon + 1, port_of(out));
}

static int bind_socket(int type, const union address *address)
{
    const int on = 1;
    const int size = RECEIVE_BUFFER;
    int fd = socket(address->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int saved;

    if (fd < 0) {
        return -1;
    }
    if (type == SOCK_STREAM) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    } else {
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0) {
            setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
        }
    }
    if (bind(fd, &address->any, length_of(address)) == 0 &&
        (type == SOCK_DGRAM || listen(fd, SOMAXCONN) == 0)) {
        return fd;
    }
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

struct transports {
    bool udp;
    bool tcp;
};

/* The transports that `text` names in front; *text then begins behind them. */
static struct transports take_transports(const char **text)
{
    const struct transports both = {true, true};
    const bool udp = strncmp(*text, "udp:", 4) == 0;
    const bool tcp = strncmp(*text, "tcp:", 4) == 0;

    if (!udp && !tcp) {
        return both;
    }
    *text += 4;
    return (struct transports){udp, tcp};
}

/* Binds one; *address gets the port in use. */
static int bind_one(int type, union address *address)
{
    socklen_t length = length_of(address);
    int fd = bind_socket(type, address);

    if (fd >= 0) {
        (void)getsockname(fd, &address->any, &length);
    }
    return fd;
}

/* Binds what is wanted, both to the same port. */
static int bind_pair(struct transports wanted, union address *address, struct dns_listener *out)
{
    out->udp = out->tcp = -1;
    if (wanted.udp && (out->udp = bind_one(SOCK_DGRAM, address)) < 0) {
        return -1;
    }
    if (wanted.tcp && (out->tcp = bind_one(SOCK_STREAM, address)) < 0) {
        return -1;
    }
    return 0;
}

static void write_names(union address *address, struct dns_listener *out)
{
    const bool v4 = address->any.sa_family == AF_INET;

    inet_ntop(address->any.sa_family,
              v4 ? (const void *)&address->v4.sin_addr : (const void *)&address->v6.sin6_addr,
              out->host, sizeof(out->host));
    snprintf(out->name, sizeof(out->name), v4 ? "%s:%u" : "[%s]:%u", out->host,
             ntohs(*port_of(address)));
}

int dns_listener_open(const char *text, struct dns_listener *out, char *error, size_t size)
{
    const char *place = text;
    const struct transports transports = take_transports(&place);
    union address wanted;
    int tries = 0;

    memset(out, 0, sizeof(*out));
    out->udp = out->tcp = -1;
    if (parse_address(place, &wanted) != 0) {
        snprintf(error, size, "not ADDRESS:PORT: \"%s\"", text);
        return -1;
    }
    for (;;) {
        union address address = wanted;

        if (bind_pair(transports, &address, out) == 0) {
            write_names(&address, out);
            return 0;
        }
        snprintf(error, size, "cannot listen on %s: %s", text, strerror(errno));
        dns_listener_close(out);
        if (*port_of(&wanted) != 0 || ++tries == PORT_TRIES) {
            return -1;
        }
    }
}

void dns_listener_close(struct dns_listener *listener)
{
    if (listener->udp >= 0) {
        close(listener->udp);
    }
    if (listener->tcp >= 0) {
        close(listener->tcp);
    }
    listener->udp = listener->tcp = -1;
}
