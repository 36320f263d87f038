/* Nameservers as they are written in resolv.conf and in BOXLITE_ALLOWNET_SERVERS. */
#include "resolver/servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/resolver.h"

enum { DNS_PORT = 53, ZONE_MAX = 0xFFFFFF };

static bool port_parse(const char *text, size_t length, in_port_t *port)
{
    unsigned value = 0;

    if (length == 0 || length > 5) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    if (value == 0 || value > 65535) {
        return false;
    }
    *port = (in_port_t)value;
    return true;
}

/* An interface, or its number. With `lenient` what is none counts as far as its digits go, as for
   Go: 0 is the address without a zone. */
static bool zone_parse(const char *zone, size_t length, bool lenient, uint32_t *scope)
{
    char name[IF_NAMESIZE];
    uint64_t number = 0;
    size_t i = 0;

    *scope = 0;
    if (length < sizeof(name) && memchr(zone, '\0', length) == NULL) {
        memcpy(name, zone, length);
        name[length] = '\0';
        *scope = if_nametoindex(name);
    }
    while (*scope == 0 && i < length && zone[i] >= '0' && zone[i] <= '9' && number < ZONE_MAX) {
        number = number * 10 + (unsigned)(zone[i++] - '0');
    }
    if (*scope == 0) {
        *scope = number < ZONE_MAX ? (uint32_t)number : ZONE_MAX;
    }
    return lenient ? length > 0 : *scope != 0 && (i == 0 || i == length);
}

static void server_set_v4(struct server *server, struct in_addr address, in_port_t port)
{
    char text[INET_ADDRSTRLEN];

    server->address.v4.sin_family = AF_INET;
    server->address.v4.sin_addr = address;
    server->address.v4.sin_port = htons(port);
    server->address_length = sizeof(server->address.v4);
    (void)snprintf(server->text, sizeof(server->text), "%s:%u",
                   inet_ntop(AF_INET, &address, text, sizeof(text)), (unsigned)port);
}

static void server_set_v6(struct server *server, const struct in6_addr *address, uint32_t scope,
                          in_port_t port)
{
    char text[INET6_ADDRSTRLEN];
    char zone[IF_NAMESIZE];
    int used;

    server->address.v6.sin6_family = AF_INET6;
    server->address.v6.sin6_addr = *address;
    server->address.v6.sin6_scope_id = scope;
    server->address.v6.sin6_port = htons(port);
    server->address_length = sizeof(server->address.v6);
    used = snprintf(server->text, sizeof(server->text), "[%s]:%u",
                    inet_ntop(AF_INET6, address, text, sizeof(text)), (unsigned)port);
    if (scope != 0 && if_indextoname(scope, zone) != NULL) {
        (void)snprintf(server->text + used, sizeof(server->text) - (size_t)used, "%%%s", zone);
    } else if (scope != 0) {
        (void)snprintf(server->text + used, sizeof(server->text) - (size_t)used, "%%%u", scope);
    }
}

/* `lenient` is about the zone. */
static bool server_set(struct server *server, const char *host, size_t length, in_port_t port,
                       bool lenient)
{
    const char *percent = length > 0 ? memchr(host, '%', length) : NULL;
    size_t bare = percent != NULL ? (size_t)(percent - host) : length;
    char text[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;
    uint32_t scope = 0;

    if (bare >= sizeof(text) || memchr(host, '\0', bare) != NULL) {
        return false;
    }
    memcpy(text, host, bare);
    text[bare] = '\0';
    memset(server, 0, sizeof(*server));
    if (percent == NULL && inet_pton(AF_INET, text, &v4) == 1) {
        server_set_v4(server, v4, port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6) != 1 ||
        (percent != NULL && !zone_parse(percent + 1, length - bare - 1, lenient, &scope))) {
        return false;
    }
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        memcpy(&v4, v6.s6_addr + sizeof(v6) - sizeof(v4), sizeof(v4));
        server_set_v4(server, v4, port);
    } else {
        server_set_v6(server, &v6, scope, port);
    }
    return true;
}

/* One entry of the option: address, address:port, [v6], [v6]:port. Returns the fault or NULL. */
static const char *entry_parse(const char *entry, size_t length, struct server *server)
{
    static const char no_address[] = "an entry is no IPv4 or IPv6 address";
    const char *end = entry + length;
    const char *colon = memchr(entry, ':', length);
    const char *host = entry;
    const char *host_end = end;
    const char *port_text = NULL;
    in_port_t port = DNS_PORT;

    if (length == 0) {
        return "an entry is empty";
    }
    if (*entry == '[') {
        const char *bracket = memchr(entry, ']', length);
        if (bracket == NULL || (bracket + 1 != end && bracket[1] != ':')) {
            return no_address;
        }
        host = entry + 1;
        host_end = bracket;
        port_text = bracket + 1 == end ? NULL : bracket + 2;
        if (memchr(host, ':', (size_t)(host_end - host)) == NULL) {
            return no_address;
        }
    } else if (colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)) == NULL) {
        host_end = colon;
        port_text = colon + 1;
    }
    if (port_text != NULL && !port_parse(port_text, (size_t)(end - port_text), &port)) {
        return "a port is not between 1 and 65535";
    }
    return server_set(server, host, (size_t)(host_end - host), port, false) ? NULL : no_address;
}

static const char *option_parse(const char *option, struct servers *servers)
{
    const char *fault = NULL;

    servers->count = 0;
    servers->fallback = false;
    while (fault == NULL) {
        size_t length = strcspn(option, ",");
        if (servers->count == SERVERS_MAX) {
            return "more than 16 nameservers";
        }
        fault = entry_parse(option, length, &servers->list[servers->count]);
        servers->count += fault == NULL ? 1 : 0;
        if (option[length] == '\0') {
            break;
        }
        option += length + 1;
    }
    return fault;
}

int servers_parse(struct servers *servers, const char *option)
{
    return option_parse(option, servers) == NULL ? 0 : EINVAL;
}

void servers_add(struct servers *servers, const char *text, size_t length)
{
    if (servers->count < SERVERS_MAX &&
        server_set(&servers->list[servers->count], text, length, DNS_PORT, true)) {
        servers->count++;
    }
}

void server_address_text(const struct server *server, char *out)
{
    *out = '\0';
    (void)getnameinfo(&server->address.any, server->address_length, out, SERVER_ADDRESS_ROOM, NULL,
                      0, NI_NUMERICHOST);
}

void servers_set_default(struct servers *servers)
{
    static const char v4[] = "127.0.0.1";
    static const char v6[] = "::1";

    servers->count = 0;
    servers_add(servers, v4, sizeof(v4) - 1);
    servers_add(servers, v6, sizeof(v6) - 1);
    servers->fallback = true;
}

const char *resolver_servers_fault(const char *servers)
{
    struct servers parsed;

    if (*servers == '\0') {
        return "no nameserver is given";
    }
    return option_parse(servers, &parsed);
}
