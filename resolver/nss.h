/*
 * Names that only libc knows: the system's getaddrinfo, asked in threads, because it cannot be
 * given a deadline. A thread blocks all signals, owns its data, and outlives the run if libc keeps
 * it.
 */
#ifndef RESOLVER_NSS_H
#define RESOLVER_NSS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct nss;

struct nss_answer {
    size_t id;                 /* the asker's */
    struct in_addr *addresses; /* NULL: libc does not know it either; owned by the receiver */
    size_t address_count;
};

/* Returns NULL if memory or descriptors are short. */
struct nss *nss_create(void);

/* Leaves threads that are still in libc to themselves; their answers are dropped. Accepts NULL. */
void nss_abandon(struct nss *nss);

/*
 * Asks for `name` (copied) in a new thread. Returns false if none is to be had: 16 are at work, or
 * the system gives no more.
 */
bool nss_ask(struct nss *nss, size_t id, const char *name);

/* Readable when an answer may be there. */
int nss_fd(const struct nss *nss);

/* Takes one answer; returns false if there is none. */
bool nss_take(struct nss *nss, struct nss_answer *answer);

#endif
