/*
 * getaddrinfo as the process of a self-test has it: libc's would ask the machine's nameservers.
 */
#ifndef SELFTEST_BRIDGE_LOOKUP_H
#define SELFTEST_BRIDGE_LOOKUP_H

/* How many names it has looked up for the bridge. Numbers do not count, nor do lookups for the
   canonical name: so the repair asks libc about a host that its first attempt did not resolve. */
unsigned bridge_lookup_count(void);

#endif
