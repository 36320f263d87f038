/* State of one resolver_run, shared by its hosts. Private to run.c and host.c. */
#ifndef RESOLVER_RUN_STATE_H
#define RESOLVER_RUN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/hosts_file.h"
#include "resolver/nss.h"
#include "resolver/nsswitch.h"
#include "resolver/resolv_conf.h"
#include "resolver/resolver.h"
#include "resolver/wire.h"

/* resolv.conf as an attempt finds it; hosts that begin between two waits share it. */
struct snapshot {
    struct resolv_conf conf;
    int error;      /* errno of reading, 0 for none */
    uint64_t round; /* in which it was read */
    unsigned users;
};

struct run {
    const struct resolver_options *options;
    const struct resolver_observer *observer; /* may be NULL */
    int64_t now_ms;
    uint64_t round; /* waits so far */
    int64_t budget_end_ms;
    struct nsswitch nsswitch;
    struct hosts_file *hosts_file; /* NULL: there is none */
    struct wire wire;
    struct nss *nss;           /* NULL until somebody asks */
    struct snapshot *snapshot; /* the last, NULL for none */
    size_t rotation;           /* of the nameservers, where resolv.conf says so */
};

#endif
