/*
 * The stand-in bridge's DNS server: a question as bytes in, an answer as bytes out.
 */
#ifndef TESTS_SUPPORT_STANDIN_DNS_H
#define TESTS_SUPPORT_STANDIN_DNS_H

#include <stddef.h>

#include "tests/support/standin_zones.h"

enum { STANDIN_DNS_MAX = 512 };

/*
 * Answers `query` from the zones, or for a name of no zone from the host's resolver, which may take
 * its time. Types other than A get an empty answer: the original forwards some of them. Returns the
 * length of the answer, 0 where there is none to give.
 */
size_t standin_dns_answer(const struct standin_zones *zones, const unsigned char *query,
                          size_t length, unsigned char answer[static STANDIN_DNS_MAX]);

#endif
