/*
 * Names and words of configuration files are ASCII, and A is a there. strcasecmp(3) asks the locale
 * of the process, which may be a Turkish one, where I is no i.
 */
#ifndef RESOLVER_ASCII_H
#define RESOLVER_ASCII_H

#include <stdbool.h>
#include <stddef.h>

/* The letter in lower case; any other byte as it is. */
static inline char ascii_lower_of(char byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
}

bool ascii_equals(const char *left, const char *right);

/* Of `length` bytes each. */
bool ascii_equals_n(const char *left, const char *right, size_t length);

/* Changes the text to lower case. */
void ascii_lower(char *text);

/* `name`, in any case and without the dot that may end it, against `lower`, a host name in lower
   case without one: as strcmp. */
int ascii_compare_host(const char *name, const char *lower);

#endif
