/* Which nameservers to ask: those of resolv.conf, or the caller's. */
#ifndef RESOLVER_SERVERS_H
#define RESOLVER_SERVERS_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { SERVERS_MAX = 16 };

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
    bool fallback; /* resolv.conf named none: 127.0.0.1 stands in, as in libc */
};

/*
 * Reads resolv.conf, or `option` if it is not NULL (a list that resolver_servers_fault accepts).
 * Returns 0, or the errno of a file that is there but cannot be opened for want of descriptors or
 * memory.
 */
int servers_read(struct servers *servers, const char *option);

#endif
