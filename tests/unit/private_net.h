/*
 * A network and an /etc of the test's own: the loopback interface and nothing else, and a tmpfs
 * with the files that a resolver reads. Neither the machine's DNS nor its files can be reached from
 * here.
 */
#ifndef TESTS_UNIT_PRIVATE_NET_H
#define TESTS_UNIT_PRIVATE_NET_H

/* Ends the program with status 77 and says why if there are no namespaces to be had. */
void private_net_enter(void);

/* Writes a file below the private /etc; NULL removes it. */
void private_net_write(const char *path, const char *text);

/* resolv.conf with 127.0.0.1, a hosts file with localhost, nsswitch.conf with files and dns. */
void private_net_reset(void);

#endif
