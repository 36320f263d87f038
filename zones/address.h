/*
 * IP literals and networks, as Go's net.ParseIP and net.ParseCIDR take them: no leading zeros, no
 * zone identifiers.
 */
#ifndef ZONES_ADDRESS_H
#define ZONES_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether `text` is an address that Go would give an IPv4 form: a dotted quad, or the same mapped
   into IPv6 (::ffff:a.b.c.d). Fills *out if so. */
bool address_is_ipv4(const char *text, struct in_addr *out);

/* Whether the bytes are an IPv4 or IPv6 address. */
bool address_is_literal(const char *text, size_t length);

/* Whether the bytes are an address and a prefix length that fits it, "10.0.0.0/8". */
bool address_is_network(const char *text, size_t length);

#endif
