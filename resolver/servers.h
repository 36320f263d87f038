/* Which nameservers to ask: those of resolv.conf, or the caller's. */
#ifndef RESOLVER_SERVERS_H
#define RESOLVER_SERVERS_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { SERVERS_MAX = 16, SERVER_ADDRESS_ROOM = INET6_ADDRSTRLEN + IF_NAMESIZE + 1 };

struct server {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    socklen_t address_length;
    /* As c-ares takes it: "192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1]:53%eth0". */
    char text[INET6_ADDRSTRLEN + IF_NAMESIZE + sizeof("[%]:65535")];
};

struct servers {
    struct server list[SERVERS_MAX];
    size_t count;
    bool fallback; /* resolv.conf named none: this machine stands in */
};

/* Fills `servers` from a list that resolver_servers_fault accepts. Returns 0 or EINVAL. */
int servers_parse(struct servers *servers, const char *option);

/* Adds the address, with port 53, if it is one and there is room for it. */
void servers_add(struct servers *servers, const char *text, size_t length);

/* Writes the address as resolv.conf has it, without its port, to `out` of SERVER_ADDRESS_ROOM
 * bytes. */
void server_address_text(const struct server *server, char *out);

/* What is asked where nobody names a nameserver: this machine, as by Go. */
void servers_set_default(struct servers *servers);

#endif
