/* The getaddrinfo that the bridge of the self-test finds: it asks the responder. */
#include "shim/command/selftest/bridge_lookup.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/variables.h"
#include "shim/command/selftest/ask.h"

typedef int getaddrinfo_fn(const char *node, const char *service, const struct addrinfo *hints,
                           struct addrinfo **result);

static unsigned lookups;

unsigned bridge_lookup_count(void)
{
    return lookups;
}

/* Once, as boxlite's bridge asks. False if there is no address for whatever reason. */
static bool ask(const char *name, struct in_addr *address)
{
    const char *const port = variables_get(BRIDGE_PORT);

    return ask_address((in_port_t)(port != NULL ? strtoul(port, NULL, 10) : 0), name, address);
}

/* Numbers are libc's own business, and need no network. */
__attribute__((visibility("default"))) int getaddrinfo(const char *node, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **result)
{
    union {
        void *object;
        getaddrinfo_fn *function;
    } next = {.object = dlsym(RTLD_NEXT, "getaddrinfo")};
    char text[INET_ADDRSTRLEN];
    struct in_addr address;

    if (node == NULL || (hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0)) {
        return next.function(node, service, hints, result);
    }
    lookups += hints == NULL || (hints->ai_flags & AI_CANONNAME) == 0;
    if (!ask(node, &address)) {
        return EAI_NONAME;
    }
    inet_ntop(AF_INET, &address, text, sizeof(text));
    return next.function(text, service, hints, result);
}
