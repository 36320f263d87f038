/*
 * signal-host: a process that creates a box while signals come, for each way in which a host may
 * deal with SIGINT and SIGTERM. The test sends the signal when the DNS server has seen the
 * question.
 *
 *   signal-host MODE CONFIG-FILE...
 *
 * MODE is what the host does with both signals:
 *   default      nothing: a signal ends the process
 *   handler      counts them, in the thread that creates; other threads block them
 *   handler-any  counts them, whichever thread they reach
 *   ignored      ignores them
 *   blocked      nothing: it was started with them blocked, in the threads of the bridge's runtime
 * too sigwait      the same, and takes them in a thread of its own cancel       its handler calls
 * boxlite_allownet_cancel With several files each has its thread, and the first signal-host thread
 * is that of the first file. Prints `thread TID` before create, then a line for each file:
 * `created|failed MONOTONIC-MS TEXT`, and at the end `handled N taken N pending N kept yes|no`:
 * kept is whether masks and dispositions are what they were.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

long long gvproxy_create(char *config, char **error);
void gvproxy_free_string(char *text);
extern void boxlite_allownet_cancel(void) __attribute__((weak));

static const int signals[] = {SIGINT, SIGTERM};
static atomic_int handled;
static atomic_int taken;
static bool cancels;

static void on_signal(int number)
{
    (void)number;
    atomic_fetch_add(&handled, 1);
    if (cancels) {
        boxlite_allownet_cancel();
    }
}

static void both(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < 2; i++) {
        sigaddset(set, signals[i]);
    }
}

static void *take(void *unused)
{
    sigset_t set;
    int number;

    (void)unused;
    both(&set);
    for (;;) {
        if (sigwait(&set, &number) == 0) {
            atomic_fetch_add(&taken, 1);
        }
    }
    return NULL;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;

    if (file == NULL || getdelim(&text, &size, '\0', file) < 0) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return text;
}

struct state {
    sigset_t mask;
    struct sigaction action[2];
};

static void look(struct state *out)
{
    memset(out, 0, sizeof(*out));
    pthread_sigmask(SIG_BLOCK, NULL, &out->mask);
    for (size_t i = 0; i < 2; i++) {
        sigaction(signals[i], NULL, &out->action[i]);
    }
}

static bool same(const struct state *left, const struct state *right)
{
    for (int number = 1; number < SIGRTMAX; number++) {
        if (sigismember(&left->mask, number) != sigismember(&right->mask, number)) {
            return false;
        }
    }
    for (size_t i = 0; i < 2; i++) {
        if (left->action[i].sa_handler != right->action[i].sa_handler ||
            left->action[i].sa_flags != right->action[i].sa_flags) {
            return false;
        }
    }
    return true;
}

struct creation {
    char *config;
    bool unblock; /* the signals reach this thread */
    bool created;
    bool kept;
    long long ended_ms;
    char *error;
};

static void *create(void *argument)
{
    struct creation *creation = argument;
    struct state before, after;
    struct timespec now;
    sigset_t set;

    both(&set);
    if (creation->unblock) {
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    }
    printf("thread %ld\n", syscall(SYS_gettid));
    fflush(stdout);
    look(&before);
    creation->created = gvproxy_create(creation->config, &creation->error) >= 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    look(&after);
    creation->ended_ms = (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    creation->kept = same(&before, &after);
    return NULL;
}

static void set_handler(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_ONSTACK};

    for (size_t i = 0; i < 2; i++) {
        sigaction(signals[i], &action, NULL);
    }
}

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[1] : "";
    struct creation creations[8] = {0};
    pthread_t threads[8];
    int count = argc - 2;
    sigset_t pending;
    pthread_t taker;
    bool kept = true;
    int pending_count = 0;

    if (count < 1 || count > 8) {
        return 2;
    }
    cancels = strcmp(mode, "cancel") == 0;
    if (strncmp(mode, "handler", 7) == 0 || cancels) {
        set_handler(on_signal);
    }
    if (strcmp(mode, "ignored") == 0) {
        set_handler(SIG_IGN);
    }
    if (strcmp(mode, "sigwait") == 0) {
        pthread_create(&taker, NULL, take, NULL);
    }
    for (int i = 0; i < count; i++) {
        creations[i].config = read_file(argv[i + 2]);
        creations[i].unblock = strcmp(mode, "handler") == 0;
        if (i > 0) {
            pthread_create(&threads[i], NULL, create, &creations[i]);
        }
    }
    create(&creations[0]);
    for (int i = 0; i < count; i++) {
        if (i > 0) {
            pthread_join(threads[i], NULL);
        }
        printf("%s %lld %s\n", creations[i].created ? "created" : "failed", creations[i].ended_ms,
               creations[i].error != NULL ? creations[i].error : "-");
        if (creations[i].error != NULL) {
            gvproxy_free_string(creations[i].error);
        }
        kept = kept && creations[i].kept;
    }
    sigpending(&pending);
    for (size_t i = 0; i < 2; i++) {
        pending_count += sigismember(&pending, signals[i]) == 1;
    }
    printf("handled %d taken %d pending %d kept %s\n", atomic_load(&handled), atomic_load(&taken),
           pending_count, kept ? "yes" : "no");
    fflush(stdout);
    _exit(0); /* the sigwait thread never ends */
}
