/*
 * A getaddrinfo that does nothing: behind the hook it leaves the hook's own cost to be seen.
 */
#include <netdb.h>
#include <stddef.h>

__attribute__((visibility("default"))) int getaddrinfo(const char *node, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **result)
{
    (void)node;
    (void)service;
    (void)hints;
    *result = NULL;
    return 0;
}
