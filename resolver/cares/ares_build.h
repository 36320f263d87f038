/*
 * What c-ares' public headers need to know of the system, which its own build would find out: Linux
 * with glibc, whatever the processor.
 */
#ifndef CARES_ARES_BUILD_H
#define CARES_ARES_BUILD_H

#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>

#define CARES_TYPEOF_ARES_SOCKLEN_T      socklen_t
#define CARES_TYPEOF_ARES_SSIZE_T        ssize_t
#define CARES_HAVE_ARPA_NAMESER_H        1
#define CARES_HAVE_ARPA_NAMESER_COMPAT_H 1

#endif
