/*
 * Commands of bridge-host that look at the process itself. Each prints its answer without the end
 * of the line; arguments are ignored.
 */
#ifndef TESTS_SUPPORT_BRIDGE_HOST_H
#define TESTS_SUPPORT_BRIDGE_HOST_H

/* "threads N" */
void bridge_host_threads(char *unused);

/* "fds N NUMBER=TARGET ...", standard descriptors included, the one for looking excluded */
void bridge_host_fds(char *unused);

/* "mask blocked=SIGINT,... SIGINT=default SIGTERM=handler", for the calling thread */
void bridge_host_mask(char *unused);

#endif
