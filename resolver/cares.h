/* The one place that includes c-ares; its version is the Makefile's. */
#ifndef RESOLVER_CARES_H
#define RESOLVER_CARES_H

#define CARES_NO_DEPRECATED
#include <ares.h>

#endif
