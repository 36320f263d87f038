/*
 * What boxlite's guest agent sets up inside a box, as far as names are concerned.
 */
#ifndef BOXLITE_GUEST_H
#define BOXLITE_GUEST_H

#include <stdbool.h>
#include <stddef.h>

/* The search list in the guest's /etc/resolv.conf, NULL at its end. The agents of 0.9.7 and 0.10.0
   write "search localdomain" there; read in booted guests. */
extern const char *const guest_search[];

/* Room for the longest name (RFC 1035 section 2.3.4, without the dot at its end) and its NUL. */
enum { GUEST_NAME_SIZE = 254 };

/*
 * The name for which the guest's libc asks as the `number`-th, from 0, when it looks `name` up (no
 * dot at its end): with the search list first where it has no dot itself, else last
 * (resolv.conf(5), ndots 1). It asks for the next one where it hears NXDOMAIN. False: there is no
 * such question. The order is glibc's; musl asks for no other name where the first has a dot.
 * Thread safe.
 */
bool guest_question(const char *name, size_t number, char out[GUEST_NAME_SIZE]);

#endif
