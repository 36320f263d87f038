/* The part of libc's resolver that the environment would decide. */
#ifndef RESOLVER_LIBC_STATE_H
#define RESOLVER_LIBC_STATE_H

/*
 * Makes getaddrinfo in the calling thread go by resolv.conf alone: HOSTALIASES, LOCALDOMAIN and
 * RES_OPTIONS have no say. Does nothing where none of them is set. For a thread of our own.
 */
void libc_state_init(void);

#endif
