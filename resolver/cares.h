/*
 * The one place that includes c-ares. Versions 1.18 to 1.34 are supported; what is deprecated in
 * the newer ones is still the only way in the older ones (socket functions, ares_process_fd).
 */
#ifndef RESOLVER_CARES_H
#define RESOLVER_CARES_H

#define CARES_NO_DEPRECATED
#include <ares.h>

/* Older versions reject a server list with a zone, newer ones a link-local address without. */
#define CARES_TAKES_ZONES (ARES_VERSION >= 0x011B00)

#endif
