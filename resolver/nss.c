/*
 * The asking side and the threads share one block, freed by whoever lets go of it last. All of it
 * is behind one mutex, which nobody holds while in libc. The descriptor belongs to the asking side:
 * it is closed when the run ends, under the mutex, so that a late thread cannot write to a number
 * that the host has meanwhile got for a file of its own.
 */
#include "resolver/nss.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolver/address.h"
#include "resolver/keep.h"
#include "resolver/libc_state.h"

enum { NSS_THREADS_MAX = 16, AGAIN_AFTER_US = 20000 };

struct nss_job {
    struct nss_job *next;
    struct nss_answer answer;
    bool shortage; /* libc had no descriptor: it may know the name all the same */
    char name[];
};

struct nss {
    pthread_mutex_t mutex;
    unsigned threads;
    unsigned threads_max; /* 1 once descriptors were short: a call needs several */
    bool abandoned;
    int fd;
    struct nss_job *waiting; /* first come, first served */
    struct nss_job **waiting_end;
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
    nss->waiting_end = &nss->waiting;
    nss->threads_max = NSS_THREADS_MAX;
    return nss;
}

static void nss_job_free(struct nss_job *job)
{
    free(job->answer.addresses);
    free(job);
}

static void nss_free_jobs(struct nss_job *jobs)
{
    while (jobs != NULL) {
        struct nss_job *next = jobs->next;
        nss_job_free(jobs);
        jobs = next;
    }
}

static void nss_free(struct nss *nss)
{
    nss_free_jobs(nss->finished);
    nss_free_jobs(nss->waiting);
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

/* An answer that begins with 0.0.0.0 is no answer, as from DNS. */
static void nss_copy_addresses(const struct addrinfo *list, struct nss_answer *answer)
{
    size_t count = 0;

    for (const struct addrinfo *item = list; item != NULL; item = item->ai_next) {
        count += item->ai_family == AF_INET ? 1 : 0;
    }
    answer->addresses = count > 0 ? calloc(count, sizeof(*answer->addresses)) : NULL;
    if (answer->addresses == NULL) {
        return;
    }
    for (const struct addrinfo *item = list; item != NULL; item = item->ai_next) {
        struct sockaddr_in address;
        if (item->ai_family == AF_INET) {
            memcpy(&address, item->ai_addr, sizeof(address));
            answer->addresses[answer->address_count++] = address.sin_addr;
        }
    }
    answer->address_count = address_drop_sinkholes(answer->addresses, answer->address_count);
    if (answer->address_count == 0) {
        free(answer->addresses);
        answer->addresses = NULL;
    }
}

static void nss_look_up(struct nss_job *job)
{
    static const struct addrinfo hints = {
        .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME};
    struct addrinfo *list = NULL;

    errno = 0;
    if (getaddrinfo(job->name, NULL, &hints, &list) != 0) {
        job->shortage = errno == EMFILE || errno == ENFILE;
        return;
    }
    nss_copy_addresses(list, &job->answer);
    if (list->ai_canonname != NULL) {
        (void)snprintf(job->answer.name, sizeof(job->answer.name), "%s", list->ai_canonname);
    }
    freeaddrinfo(list);
}

/* Takes the first that waits; NULL if there is none. With the mutex held. */
static struct nss_job *nss_next(struct nss *nss)
{
    struct nss_job *job = nss->abandoned ? NULL : nss->waiting;

    if (job != NULL) {
        nss->waiting = job->next;
        if (nss->waiting == NULL) {
            nss->waiting_end = &nss->waiting;
        }
    }
    return job;
}

/* Puts the job back. One thread stays for all of them, and tries again after a while. False if this
   is not the one. With the mutex held. */
static bool nss_wait_for_descriptors(struct nss *nss, struct nss_job *job)
{
    job->shortage = false;
    job->next = nss->waiting;
    nss->waiting = job;
    nss->waiting_end = job->next == NULL ? &job->next : nss->waiting_end;
    nss->threads_max = 1;
    if (nss->threads > 1) {
        return false;
    }
    (void)pthread_mutex_unlock(&nss->mutex);
    (void)usleep(AGAIN_AFTER_US);
    (void)pthread_mutex_lock(&nss->mutex);
    return true;
}

static void nss_hand_over(struct nss *nss, struct nss_job *job)
{
    const uint64_t one = 1;

    job->next = nss->finished;
    nss->finished = job;
    if (!nss->abandoned) {
        ssize_t written = write(nss->fd, &one, sizeof(one));
        (void)written;
    }
}

static void *nss_thread(void *context)
{
    struct nss *nss = context;
    struct nss_job *job;
    bool stays = true;
    bool last;

    libc_state_init();
    (void)pthread_mutex_lock(&nss->mutex);
    while (stays && (job = nss_next(nss)) != NULL) {
        (void)pthread_mutex_unlock(&nss->mutex);
        nss_look_up(job);
        (void)pthread_mutex_lock(&nss->mutex);
        if (job->shortage) {
            stays = nss_wait_for_descriptors(nss, job);
        } else {
            nss_hand_over(nss, job);
        }
    }
    nss->threads--;
    last = nss->abandoned && nss->threads == 0;
    (void)pthread_mutex_unlock(&nss->mutex);
    if (last) {
        nss_free(nss);
    }
    return NULL;
}

static bool nss_thread_start(struct nss *nss)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int status;

    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    /* A thread inherits the mask: no signal of the host may ever run its handler in there. */
    BLOCK_SIGNALS;
    status = pthread_create(&thread, &attributes, nss_thread, nss);
    (void)pthread_attr_destroy(&attributes);
    return status == 0;
}

/* Takes the job out of those that wait. With the mutex held. */
static void nss_withdraw(struct nss *nss, size_t id)
{
    struct nss_job **at = &nss->waiting;

    while (*at != NULL && (*at)->answer.id != id) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        struct nss_job *job = *at;
        *at = job->next;
        if (job->next == NULL) {
            nss->waiting_end = at;
        }
        nss_job_free(job);
    }
}

bool nss_ask(struct nss *nss, size_t id, const char *name)
{
    size_t size = strlen(name) + 1;
    struct nss_job *job = calloc(1, sizeof(*job) + size);
    bool asked = true;

    if (job == NULL) {
        return false;
    }
    job->answer.id = id;
    memcpy(job->name, name, size);
    (void)pthread_mutex_lock(&nss->mutex);
    *nss->waiting_end = job;
    nss->waiting_end = &job->next;
    if (nss->threads < nss->threads_max) {
        nss->threads++;
        if (!nss_thread_start(nss)) {
            nss->threads--;
            /* Those at work will come to it. */
            asked = nss->threads > 0;
        }
    }
    if (!asked) {
        nss_withdraw(nss, id);
    }
    (void)pthread_mutex_unlock(&nss->mutex);
    return asked;
}

void nss_forget(struct nss *nss, size_t id)
{
    (void)pthread_mutex_lock(&nss->mutex);
    nss_withdraw(nss, id);
    (void)pthread_mutex_unlock(&nss->mutex);
}

int nss_fd(const struct nss *nss)
{
    return nss->fd;
}

bool nss_next_answer(struct nss *nss, struct nss_answer *answer)
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
