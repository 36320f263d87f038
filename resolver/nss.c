/*
 * The asking side and the threads share one block, freed by whoever lets go of it last. All of it
 * is behind one mutex, which nobody holds while in libc. The descriptor belongs to the asking side:
 * it is closed when the run ends, under the mutex, so that a late thread cannot write to a number
 * that the host has meanwhile got for a file of its own.
 */
#include "resolver/nss.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NSS_THREADS_MAX = 16 };

struct nss_job {
    struct nss *nss;
    struct nss_job *next;
    struct nss_answer answer;
    char name[];
};

struct nss {
    pthread_mutex_t mutex;
    unsigned threads;
    bool abandoned;
    int fd;
    struct nss_job *finished;
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
    (void)pthread_mutex_init(&nss->mutex, NULL);
    return nss;
}

static void nss_job_free(struct nss_job *job)
{
    free(job->answer.addresses);
    free(job);
}

static void nss_free(struct nss *nss)
{
    while (nss->finished != NULL) {
        struct nss_job *job = nss->finished;
        nss->finished = job->next;
        nss_job_free(job);
    }
    (void)pthread_mutex_destroy(&nss->mutex);
    free(nss);
}

void nss_abandon(struct nss *nss)
{
    bool last;

    if (nss == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&nss->mutex);
    nss->abandoned = true;
    (void)close(nss->fd);
    nss->fd = -1;
    last = nss->threads == 0;
    (void)pthread_mutex_unlock(&nss->mutex);
    if (last) {
        nss_free(nss);
    }
}

/* An answer with 0.0.0.0 in it is no answer, as from DNS. */
static void nss_copy_addresses(const struct addrinfo *list, struct nss_answer *answer)
{
    size_t count = 0;

    for (const struct addrinfo *item = list; item != NULL; item = item->ai_next) {
        count += item->ai_family == AF_INET ? 1 : 0;
    }
    if (count == 0) {
        return;
    }
    answer->addresses = calloc(count, sizeof(*answer->addresses));
    if (answer->addresses == NULL) {
        return;
    }
    for (const struct addrinfo *item = list; item != NULL; item = item->ai_next) {
        struct sockaddr_in address;
        if (item->ai_family != AF_INET) {
            continue;
        }
        memcpy(&address, item->ai_addr, sizeof(address));
        if (address.sin_addr.s_addr == htonl(INADDR_ANY)) {
            free(answer->addresses);
            answer->addresses = NULL;
            answer->address_count = 0;
            return;
        }
        answer->addresses[answer->address_count++] = address.sin_addr;
    }
}

static void *nss_thread(void *context)
{
    static const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct nss_job *job = context;
    struct nss *nss = job->nss;
    struct addrinfo *list = NULL;
    const uint64_t one = 1;
    bool last;

    if (getaddrinfo(job->name, NULL, &hints, &list) == 0) {
        nss_copy_addresses(list, &job->answer);
        freeaddrinfo(list);
    }
    (void)pthread_mutex_lock(&nss->mutex);
    nss->threads--;
    job->next = nss->finished;
    nss->finished = job;
    if (!nss->abandoned) {
        ssize_t written = write(nss->fd, &one, sizeof(one));
        (void)written;
    }
    last = nss->abandoned && nss->threads == 0;
    (void)pthread_mutex_unlock(&nss->mutex);
    if (last) {
        nss_free(nss);
    }
    return NULL;
}

static bool nss_thread_start(struct nss_job *job)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    int status;

    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    /* A thread inherits the mask: no signal of the host may ever run its handler in there. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    status = pthread_create(&thread, &attributes, nss_thread, job);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return status == 0;
}

bool nss_ask(struct nss *nss, size_t id, const char *name)
{
    /*
     * The trailing dot keeps libc from its search list. A name without a dot may be searched for,
     * and modules that know such names (mymachines) do not take them with a dot.
     */
    const char *end = strchr(name, '.') != NULL ? "." : "";
    size_t size = strlen(name) + strlen(end) + 1;
    struct nss_job *job;
    bool room;

    (void)pthread_mutex_lock(&nss->mutex);
    room = nss->threads < NSS_THREADS_MAX;
    nss->threads += room ? 1 : 0;
    (void)pthread_mutex_unlock(&nss->mutex);
    if (!room) {
        return false;
    }
    job = calloc(1, sizeof(*job) + size);
    if (job != NULL) {
        job->nss = nss;
        job->answer.id = id;
        (void)stpcpy(stpcpy(job->name, name), end);
        if (nss_thread_start(job)) {
            return true;
        }
        nss_job_free(job);
    }
    (void)pthread_mutex_lock(&nss->mutex);
    nss->threads--;
    (void)pthread_mutex_unlock(&nss->mutex);
    return false;
}

int nss_fd(const struct nss *nss)
{
    return nss->fd;
}

bool nss_take(struct nss *nss, struct nss_answer *answer)
{
    struct nss_job *job;
    uint64_t count;
    ssize_t got;

    (void)pthread_mutex_lock(&nss->mutex);
    job = nss->finished;
    if (job != NULL) {
        nss->finished = job->next;
    } else {
        got = read(nss->fd, &count, sizeof(count));
        (void)got;
    }
    (void)pthread_mutex_unlock(&nss->mutex);
    if (job == NULL) {
        return false;
    }
    *answer = job->answer;
    free(job);
    return true;
}
