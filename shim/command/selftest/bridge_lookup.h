/*
 * getaddrinfo as the process of a self-test has it: libc's would ask the machine's nameservers.
 */
#ifndef SELFTEST_BRIDGE_LOOKUP_H
#define SELFTEST_BRIDGE_LOOKUP_H

/* How many names it has looked up for the bridge. Numbers do not count, nor do names that end in a
   dot: so the repair asks libc, where nsswitch.conf has more than files and dns. */
unsigned bridge_lookup_count(void);

#endif
