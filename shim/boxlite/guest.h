/*
 * What boxlite's guest agent sets up inside a box, as far as names are concerned.
 */
#ifndef BOXLITE_GUEST_H
#define BOXLITE_GUEST_H

/* The search list in the guest's /etc/resolv.conf, NULL at its end. The agents of 0.9.7 and 0.10.0
   write "search localdomain" there; read in booted guests. */
extern const char *const guest_search[];

#endif
