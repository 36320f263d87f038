/*
 * ldns, included the one right way: unless <stdbool.h> comes first, its headers define _Bool as a
 * signed char.
 */
#ifndef SUPPORT_DNS_LDNS_H
#define SUPPORT_DNS_LDNS_H

#include <stdbool.h>

#include <ldns/ldns.h>

#endif
