/*
 * getaddrinfo as the process of a self-test has it: libc's would ask the machine's nameservers.
 */
#ifndef SELFTEST_BRIDGE_LOOKUP_H
#define SELFTEST_BRIDGE_LOOKUP_H

/* An environment variable: the port of 127.0.0.1 that it asks. */
#define BRIDGE_PORT "BOXLITE_SELFTEST_PORT"

/* How many names it has looked up for the bridge. Numbers do not count, nor do lookups for the
   canonical name: so the repair asks libc about a host that its first attempt did not resolve. */
unsigned bridge_lookup_count(void);

#endif
