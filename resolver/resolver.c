/* What of the interface is neither the run (run.c) nor its files nor its words. */
#include "resolver/resolver.h"

#include <stdlib.h>

void resolver_hosts_clear(struct resolver_host *hosts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(hosts[i].addresses);
        hosts[i].addresses = NULL;
        hosts[i].address_count = 0;
    }
}
