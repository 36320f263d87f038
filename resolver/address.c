/*
 * Which address is the first of an answer. Connecting a datagram socket sends nothing and asks the
 * kernel for a route. The other rules of RFC 6724 have little to say about IPv4, and the
 * nameserver's rotation is all the balancing there is: gvisor-tap-vsock v0.8.7 serves the first
 * record only (pkg/services/dns/dns.go).
 */
#include "resolver/address.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/raw.h"

enum { ANY_PORT = 9 };

static bool is_routed(int fd, struct in_addr address)
{
    const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(ANY_PORT), .sin_addr = address};
    bool routed = raw_connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;

    /* The next address must not be bound to the source of this one. */
    (void)raw_connect(fd, &nowhere, sizeof(nowhere));
    return routed;
}

void address_sort_by_route(struct in_addr *addresses, size_t count)
{
    struct in_addr *behind;
    size_t behind_count = 0;
    size_t kept = 0;
    int fd;

    if (count < 2) {
        return;
    }
    behind = calloc(count, sizeof(*behind));
    fd = raw_socket(AF_INET, SOCK_DGRAM);
    if (behind != NULL && fd >= 0) {
        for (size_t i = 0; i < count; i++) {
            if (is_routed(fd, addresses[i])) {
                addresses[kept++] = addresses[i];
            } else {
                behind[behind_count++] = addresses[i];
            }
        }
        memcpy(addresses + kept, behind, behind_count * sizeof(*behind));
    }
    if (fd >= 0) {
        (void)raw_close(fd);
    }
    free(behind);
}

size_t address_drop_sinkholes(struct in_addr *addresses, size_t count)
{
    size_t kept = 0;

    if (count > 0 && addresses[0].s_addr == htonl(INADDR_ANY)) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (addresses[i].s_addr != htonl(INADDR_ANY)) {
            addresses[kept++] = addresses[i];
        }
    }
    return kept;
}
