/* Nameservers as they are written in resolv.conf and in BOXLITE_ALLOWNET_SERVERS. */
#include "resolver/servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/resolver.h"

enum { DNS_PORT = 53 };

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

static bool zone_parse(const char *zone, uint32_t *scope)
{
    char *end = NULL;
    unsigned long number;

    *scope = if_nametoindex(zone);
    if (*scope != 0) {
        return true;
    }
    number = strtoul(zone, &end, 10);
    if (*zone < '0' || *zone > '9' || *end != '\0' || number == 0 || number > UINT_MAX) {
        return false;
    }
    *scope = (uint32_t)number;
    return true;
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

/* With `any_zone` a zone that there is not is none, as for Go; else the address is no good. */
static bool server_set(struct server *server, const char *host, size_t length, in_port_t port,
                       bool any_zone)
{
    char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
    struct in_addr v4;
    char *zone;

    if (length == 0 || length >= sizeof(text) || memchr(host, '\0', length) != NULL) {
        return false;
    }
    memcpy(text, host, length);
    text[length] = '\0';
    memset(server, 0, sizeof(*server));
    if (inet_pton(AF_INET, text, &v4) == 1) {
        server_set_v4(server, v4, port);
        return true;
    }
    zone = strchr(text, '%');
    if (zone != NULL) {
        *zone++ = '\0';
    }
    if (inet_pton(AF_INET6, text, &server->address.v6.sin6_addr) != 1) {
        return false;
    }
    if (zone != NULL && !zone_parse(zone, &server->address.v6.sin6_scope_id)) {
        if (!any_zone || *zone == '\0') {
            return false;
        }
        zone = NULL;
    }
    if (IN6_IS_ADDR_V4MAPPED(&server->address.v6.sin6_addr)) {
        memcpy(&v4, server->address.v6.sin6_addr.s6_addr + 12, sizeof(v4));
        memset(server, 0, sizeof(*server));
        server_set_v4(server, v4, port);
        return true;
    }
    server->address.v6.sin6_family = AF_INET6;
    server->address.v6.sin6_port = htons(port);
    server->address_length = sizeof(server->address.v6);
    if (zone != NULL) {
        (void)snprintf(server->text, sizeof(server->text), "[%s]:%u%%%s", text, (unsigned)port,
                       zone);
    } else {
        (void)snprintf(server->text, sizeof(server->text), "[%s]:%u", text, (unsigned)port);
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
