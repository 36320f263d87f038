/* Answers that depend on nothing but the name. */
#include "tests/fuzz/plan_lookup.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* One host in eight fails; where that were all, hardly a larger configuration would be rewritten.
 */
enum { FAILING = 8 };

static void resolve(struct resolver_host *host, uint64_t hash)
{
    host->outcome = RESOLVER_RESOLVED;
    host->address_count = 1 + hash % 3;
    host->addresses = calloc(host->address_count, sizeof(*host->addresses));
    fuzz_require(host->addresses != NULL);
    for (size_t i = 0; i < host->address_count; i++) {
        host->addresses[i].s_addr = htonl((uint32_t)(hash >> 32) + (uint32_t)i) | 1;
    }
}

void plan_lookup(void *context, const struct resolver_options *options, struct resolver_host *hosts,
                 size_t count, const struct resolver_observer *observer)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct resolver_host *host = &hosts[i];
        const uint64_t hash = fuzz_hash(host->name, strlen(host->name));

        host->attempts = 1 + (unsigned)(hash >> 8) % options->attempts;
        if (hash % FAILING == 0) {
            host->outcome = (enum resolver_outcome)(hash / FAILING % (RESOLVER_CUT + 1));
        }
        if (hash % FAILING != 0 || host->outcome == RESOLVER_RESOLVED) {
            resolve(host, hash);
        }
        host->out_of_budget = host->outcome != RESOLVER_RESOLVED && (hash >> 16) % 4 == 0;
        if (host->attempts > 1) {
            observer->retrying(observer->context, host, options->backoff_ms);
        }
        observer->settled(observer->context, host);
    }
}
