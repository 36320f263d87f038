/*
 * What is proved. Each check returns NULL, or what is wrong, a constant or a text in `text`.
 */
#ifndef SELFTEST_CHECKS_H
#define SELFTEST_CHECKS_H

#include <netinet/in.h>
#include <stddef.h>

struct place {
    const char *object; /* path of the preload */
    const char *bridge; /* path of the bridge for the self-test */
    in_port_t port;     /* of the responder */
};

typedef const char *check_fn(const struct place *place, char *text, size_t size);

/* The object can be loaded, and is of the same build as this command. */
check_fn check_loaded;

/* Without the repair the faults are there; else the checks below would prove nothing. */
check_fn check_faults;

/* With it: the host that failed once, the longer zone, the wildcard; and the bridge's own lookups
   are answered from the same addresses. */
check_fn check_repaired;

/* A host with only IPv6 addresses and one that does not answer refuse the box, by name. */
check_fn check_refused;

/* Observing, or off, it hands the configuration on as it came. */
check_fn check_observe;
check_fn check_off;

/* A process may trace its parent here, as attach does. */
check_fn check_ptrace;

#endif
