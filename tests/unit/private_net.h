/*
 * The network and the /etc of the sandbox (tests/support/sandbox.c) that a test runs in: neither
 * the machine's DNS nor its files can be reached from there.
 */
#ifndef TESTS_UNIT_PRIVATE_NET_H
#define TESTS_UNIT_PRIVATE_NET_H

/* Ends the program with status 77 outside a sandbox; inside, as private_net_reset. */
void private_net_enter(void);

/* Writes a file below the private /etc; NULL removes it. */
void private_net_write(const char *path, const char *text);

/* resolv.conf with 127.0.0.1, a hosts file with localhost, nsswitch.conf with files and dns. */
void private_net_reset(void);

#endif
