/*
 * getaddrinfo, answered from the pins for the bridge's own lookups; every other caller, at every
 * other time, reaches the original at the cost of one load and one indirect call.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "shim/preload/getaddrinfo.h"
#include "shim/base/keep.h"
#include "shim/preload/hooks.h"
#include "shim/preload/pins.h"

typedef int getaddrinfo_fn(const char *node, const char *service, const struct addrinfo *hints,
                           struct addrinfo **result);

static getaddrinfo_fn *_Atomic original;

/* Bound at the first call: another object's constructor may resolve names before ours has run. */
static getaddrinfo_fn *next_getaddrinfo(void)
{
    union {
        void *object;
        getaddrinfo_fn *function;
    } next = {.function = atomic_load_explicit(&original, memory_order_relaxed)};

    if (next.function == NULL) {
        next.object = dlsym(RTLD_NEXT, "getaddrinfo");
        atomic_store_explicit(&original, next.function, memory_order_relaxed);
    }
    return next.function;
}

void getaddrinfo_bind(void)
{
    (void)next_getaddrinfo();
}

/*
 * The list that the original makes for the addresses as numbers: it needs no network, and service,
 * socket type and family come out exactly as the original would have them, in memory that
 * freeaddrinfo frees. glibc's lists may be joined, since its freeaddrinfo goes node by node.
 */
static int answer(const struct in_addr *addresses, size_t count, const char *node,
                  const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    struct addrinfo numeric = {.ai_family = AF_UNSPEC};
    struct addrinfo *list = NULL;
    struct addrinfo **tail = &list;
    bool name_wanted;

    if (hints != NULL) {
        numeric = *hints;
    }
    name_wanted = (numeric.ai_flags & AI_CANONNAME) != 0;
    numeric.ai_flags = (numeric.ai_flags & ~AI_CANONNAME) | AI_NUMERICHOST;
    for (size_t i = 0; i < count; i++) {
        char text[INET_ADDRSTRLEN];
        int status;

        inet_ntop(AF_INET, &addresses[i], text, sizeof(text));
        status = next_getaddrinfo()(text, service, &numeric, tail);
        if (status != 0) {
            freeaddrinfo(list);
            return status;
        }
        while (*tail != NULL) {
            tail = &(*tail)->ai_next;
        }
    }
    if (name_wanted && list != NULL && (list->ai_canonname = strdup(node)) == NULL) {
        freeaddrinfo(list);
        return EAI_MEMORY;
    }
    *result = list;
    return 0;
}

HOOK int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                     struct addrinfo **result)
{
    struct in_addr *addresses = NULL;
    size_t count = 0;
    enum pins_answer found;
    int status;

    if (!pins_in_flight() || node == NULL) {
        return next_getaddrinfo()(node, service, hints, result);
    }
    {
        KEEP_ERRNO;

        found = pins_find(__builtin_return_address(0), node, &addresses, &count);
    }
    switch (found) {
    case PINS_ADDRESSES:
        status = answer(addresses, count, node, service, hints, result);
        free(addresses);
        return status;
    case PINS_NO_SUCH_HOST:
        return EAI_NONAME;
    case PINS_NO_MEMORY:
        return EAI_MEMORY;
    case PINS_NONE:
        break;
    }
    return next_getaddrinfo()(node, service, hints, result);
}
