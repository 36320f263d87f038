/*
 * Names that only libc knows: the system's getaddrinfo, asked in threads, because it cannot be
 * given a deadline. A thread blocks all signals, owns its data, and outlives the run if libc keeps
 * it. HOSTALIASES, LOCALDOMAIN and RES_OPTIONS have no say (libc_state.h).
 */
#ifndef RESOLVER_NSS_H
#define RESOLVER_NSS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "resolver/resolver.h"

struct nss;

struct nss_answer {
    size_t id;                 /* the asker's */
    struct in_addr *addresses; /* NULL: libc does not know it either; owned by the receiver */
    size_t address_count;
    char name[RESOLVER_NAME_SIZE]; /* the host's full name, as libc has it; "" if it says none */
};

/* Returns NULL if memory or descriptors are short. */
struct nss *nss_create(void);

/* Leaves threads that are still in libc to themselves; their answers are dropped. Accepts NULL. */
void nss_abandon(struct nss *nss);

/*
 * Asks for `name` (copied), as it is, in a thread; while 16 are at work it waits its turn, and
 * where libc runs out of descriptors it is asked again, for one name after the other. Returns false
 * if there is no memory or no thread.
 */
bool nss_ask(struct nss *nss, size_t id, const char *name);

/* What the asker `id` asked need not be asked any more, if it has not been yet. */
void nss_forget(struct nss *nss, size_t id);

/* Readable when an answer may be there. */
int nss_fd(const struct nss *nss);

/* Takes one answer; returns false if there is none. */
bool nss_next_answer(struct nss *nss, struct nss_answer *answer);

#endif
