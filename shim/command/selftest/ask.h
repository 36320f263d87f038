/*
 * One question to the responder, from the bridge or to see whether it can be reached.
 */
#ifndef SELFTEST_ASK_H
#define SELFTEST_ASK_H

#include <netinet/in.h>
#include <stdbool.h>

/* Asks `port` of 127.0.0.1 once for the A record of `name`. False if there is none, or no answer
   within 1 s. Thread safe. */
bool ask_address(in_port_t port, const char *name, struct in_addr *address);

#endif
