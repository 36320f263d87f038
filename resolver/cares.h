/* The one place that includes c-ares; its version is the Makefile's. */
#ifndef RESOLVER_CARES_H
#define RESOLVER_CARES_H

#define CARES_NO_DEPRECATED
#include <ares.h>

/* Older versions reject a server list with a zone, newer ones a link-local address without. */
#define CARES_TAKES_ZONES (ARES_VERSION >= 0x011B00)

#endif
