/*
 * Stands in for resolver/nss.c where libc is not what is tested: it knows nobody, and says so at
 * the next wait, so that virtual time stays exact.
 */
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "resolver/nss.h"

enum { ASKED_MAX = 1024 };

struct nss {
    int fd;
    size_t asked[ASKED_MAX];
    size_t count;
};

struct nss *nss_create(void)
{
    struct nss *nss = calloc(1, sizeof(*nss));

    if (nss == NULL) {
        return NULL;
    }
    nss->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (nss->fd < 0) {
        free(nss);
        return NULL;
    }
    return nss;
}

void nss_abandon(struct nss *nss)
{
    if (nss != NULL) {
        (void)close(nss->fd);
        free(nss);
    }
}

bool nss_ask(struct nss *nss, size_t id, const char *name)
{
    (void)name;
    if (nss->count == ASKED_MAX) {
        return false;
    }
    nss->asked[nss->count++] = id;
    return eventfd_write(nss->fd, 1) == 0;
}

void nss_forget(struct nss *nss, size_t id)
{
    for (size_t i = 0; i < nss->count; i++) {
        if (nss->asked[i] == id) {
            nss->asked[i] = nss->asked[--nss->count];
            return;
        }
    }
}

int nss_fd(const struct nss *nss)
{
    return nss->fd;
}

bool nss_next_answer(struct nss *nss, struct nss_answer *answer)
{
    eventfd_t written;

    if (nss->count == 0) {
        (void)eventfd_read(nss->fd, &written);
        return false;
    }
    *answer = (struct nss_answer){.id = nss->asked[--nss->count]};
    return true;
}
