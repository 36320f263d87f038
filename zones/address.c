/*
 * IP literals. glibc's inet_pton draws the line where Go draws it, leading zeros included.
 */
#include "zones/address.h"

#include <arpa/inet.h>
#include <string.h>

/* Bits of an address of the family the text has, 0 where it is no address. */
static unsigned literal_bits(const char *text, size_t length)
{
    char terminated[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (length >= sizeof(terminated) || memchr(text, '\0', length) != NULL) {
        return 0;
    }
    memcpy(terminated, text, length);
    terminated[length] = '\0';
    if (inet_pton(AF_INET, terminated, &address) == 1) {
        return 32;
    }
    return inet_pton(AF_INET6, terminated, &address) == 1 ? 128 : 0;
}

bool address_is_ipv4(const char *text, struct in_addr *out)
{
    struct in6_addr six;

    if (inet_pton(AF_INET, text, out) == 1) {
        return true;
    }
    if (inet_pton(AF_INET6, text, &six) == 1 && IN6_IS_ADDR_V4MAPPED(&six)) {
        memcpy(out, &six.s6_addr[12], sizeof(*out));
        return true;
    }
    return false;
}

bool address_is_literal(const char *text, size_t length)
{
    return literal_bits(text, length) != 0;
}

bool address_is_network(const char *text, size_t length)
{
    const char *slash = memchr(text, '/', length);
    unsigned bits = slash == NULL ? 0 : literal_bits(text, (size_t)(slash - text));
    unsigned prefix = 0;

    if (bits == 0 || slash + 1 == text + length) {
        return false;
    }
    for (const char *at = slash + 1; at < text + length; at++) {
        if (*at < '0' || *at > '9') {
            return false;
        }
        prefix = prefix * 10 + (unsigned)(*at - '0');
        if (prefix > bits) {
            return false;
        }
    }
    return true;
}
