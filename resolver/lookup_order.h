/*
 * Whom Go's net package asks for the addresses of a host: the files, the network, or libc
 * (lookupOrder in net/conf.go, for Linux).
 */
#ifndef RESOLVER_LOOKUP_ORDER_H
#define RESOLVER_LOOKUP_ORDER_H

#include <stdbool.h>

#include "resolver/nsswitch.h"
#include "resolver/resolv_conf.h"

enum lookup_order {
    LOOKUP_ORDER_LIBC,
    LOOKUP_ORDER_FILES_DNS,
    LOOKUP_ORDER_DNS_FILES,
    LOOKUP_ORDER_FILES,
    LOOKUP_ORDER_DNS
};

/*
 * `may_use_libc` is false for a Go that was built without cgo or that prefers its own resolver. The
 * environment is not looked at: GODEBUG=netdns=cgo, LOCALDOMAIN, RES_OPTIONS and HOSTALIASES lead
 * to libc before anything else. Looks at the machine's name and for /etc/mdns.allow where Go does.
 */
enum lookup_order lookup_order(const struct resolv_conf *conf,
                               const struct nsswitch_sources *sources, const char *host,
                               bool may_use_libc);

/* Whether Go leaves every lookup to libc because the source is there, whatever the host. */
bool lookup_order_needs_libc(const struct nsswitch_source *source);

#endif
