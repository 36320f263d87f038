/*
 * One thread's life: create, judge, ask as the guest, destroy.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/guest_probe.h"
#include "tests/torture/torture.h"

long long gvproxy_create(char *config, char **error);
int gvproxy_destroy(long long handle);
void gvproxy_free_string(char *text);

enum { TYPE_A = 1 };

/* The job's configuration with this thread's socket in it and a number of its own; the caller frees
   it. NULL when memory is short. */
static char *make_config(const struct job *job, const char *socket, long number)
{
    char *config = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&config, &size);

    for (const char *at = job->config; out != NULL && *at != '\0'; at++) {
        if (strncmp(at, TORTURE_SOCKET, strlen(TORTURE_SOCKET)) == 0) {
            fputs(socket, out);
            at += strlen(TORTURE_SOCKET) - 1;
        } else if (strncmp(at, TORTURE_NUMBER, strlen(TORTURE_NUMBER)) == 0) {
            fprintf(out, "%ld", number);
            at += strlen(TORTURE_NUMBER) - 1;
        } else {
            fputc(*at, out);
        }
    }
    return out != NULL && fclose(out) == 0 ? config : NULL;
}

/* The guest's connection may be cut short where memory or descriptors are; a wrong answer may not
   come. */
static void ask_as_guest(const char *socket, const char *address)
{
    struct guest_probe *probe = NULL;
    char answer[256] = "";
    char wanted[64];
    int status = guest_probe_open(socket, &probe);

    if (status == 0) {
        status =
            guest_probe_ask(probe, "host.example.", TYPE_A, GUEST_GLIBC, answer, sizeof(answer));
    }
    guest_probe_close(probe);
    snprintf(wanted, sizeof(wanted), "A %s", address);
    if (status != 0) {
        torture_wrong("the guest cannot ask: %s", strerror(-status));
    } else if (strcmp(answer, wanted) != 0) {
        torture_wrong("the guest is told %s, not %s", answer, wanted);
    }
}

static void judge_created(struct torture *torture, const struct job *job, long long handle,
                          const char *socket, bool ask)
{
    atomic_fetch_add(&torture->created, 1);
    if (job->expectation != EXPECT_CREATED) {
        torture_wrong("created, and should have been refused");
    } else if (ask && job->address != NULL) {
        ask_as_guest(socket, job->address);
    }
    if (gvproxy_destroy(handle) != 0) {
        torture_wrong("box %lld is not to be destroyed", handle);
    }
}

static void judge_refused(struct torture *torture, const struct job *job, const char *text)
{
    if (torture->interrupts && strstr(text, "cancelled") != NULL) {
        atomic_fetch_add(&torture->cancelled, 1);
    } else if (job->expectation != EXPECT_REFUSED ||
               strncmp(text, "allowNet: ", strlen("allowNet: ")) != 0) {
        torture_wrong("failed: %s", text);
    } else {
        atomic_fetch_add(&torture->refused, 1);
    }
}

static bool same_mask(const sigset_t *left, const sigset_t *right)
{
    for (int number = 1; number <= SIGRTMAX; number++) {
        if (sigismember(left, number) != sigismember(right, number)) {
            return false;
        }
    }
    return true;
}

static void work_once(struct torture *torture, const struct job *job, const char *socket,
                      long number, bool ask)
{
    char *const config = make_config(job, socket, number);
    char *text = NULL;
    long long handle;
    sigset_t before, after;

    if (config == NULL) {
        exit(2);
    }
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    handle = gvproxy_create(config, &text);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    if (!same_mask(&before, &after)) {
        torture_wrong("the signal mask is not what it was");
    }
    if (handle >= 0) {
        judge_created(torture, job, handle, socket, ask);
    } else {
        judge_refused(torture, job, text != NULL ? text : "without a text");
    }
    if (text != NULL) {
        gvproxy_free_string(text);
    }
    free(config);
}

void *torture_work(void *argument)
{
    const struct torture_worker *const worker = argument;
    struct torture *const torture = worker->torture;
    uint64_t random = (torture->seed + 1) * 0x9e3779b97f4a7c15U + worker->number + 1;
    char socket[108];

    snprintf(socket, sizeof(socket), "%s/%u.sock", torture->directory, worker->number);
    atomic_store(&torture->threads[worker->number], (int)syscall(SYS_gettid));
    while (torture_now_ms() < torture->end_ms) {
        const long number = atomic_fetch_add(&torture->done, 1);
        const uint64_t choice = torture_random(&random);

        if (number >= torture->creates) {
            break;
        }
        work_once(torture, &torture->jobs[(choice >> 8) % torture->job_count], socket, number,
                  choice % 4 == 0);
    }
    atomic_store(&torture->threads[worker->number], 0);
    return NULL;
}
