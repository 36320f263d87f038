/* Lists of IPv4 addresses, as an answer has them: which one is to be the first, and which is none.
 */
#ifndef RESOLVER_ADDRESS_H
#define RESOLVER_ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>

/*
 * Puts addresses that the kernel has no route to behind the others, and keeps the order otherwise:
 * rule 1 of RFC 6724, section 6, as libc and Go have it. Nothing is sent. Thread safe.
 */
void address_sort_by_route(struct in_addr *addresses, size_t count);

/*
 * 0.0.0.0 is how a filter says that a name is denied. The original takes the first address of an
 * answer, so a list that begins with it is refused; behind others it is left out. Returns the new
 * count, 0 if the list begins with it.
 */
size_t address_drop_sinkholes(struct in_addr *addresses, size_t count);

#endif
