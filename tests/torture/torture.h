/*
 * What the parts of the torture program share. It is linked to a bridge, as a host is, and knows
 * nothing of what is preloaded.
 */
#ifndef TORTURE_H
#define TORTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In a configuration: the socket's path, and a number that no other create has. */
#define TORTURE_SOCKET "@SOCKET@"
#define TORTURE_NUMBER "@N@"

/* What a create has to come to. */
enum expectation {
    EXPECT_CREATED, /* and the guest is told the address given */
    EXPECT_REFUSED  /* with a text of ours */
};

struct job {
    enum expectation expectation;
    const char *address; /* what the guest is told for host.example; NULL: not asked */
    char *config;        /* with the marks below */
};

enum { TORTURE_THREADS_MAX = 256 };

struct torture {
    const struct job *jobs;
    unsigned job_count;
    const char *directory; /* for sockets */
    uint64_t seed;
    unsigned thread_count;
    size_t stack_size;   /* of each; 0: as usual */
    long creates;        /* to be done by all threads together; LONG_MAX: no end */
    int64_t end_ms;      /* on torture_now_ms; INT64_MAX: never */
    const char *program; /* that the spawn storm starts */
    int program_status;  /* with which it has to end */
    bool interrupts;     /* SIGINT comes, so that any create may end as cancelled */
    atomic_int threads[TORTURE_THREADS_MAX]; /* their kernel ids while they create, else 0 */
    atomic_long done;
    atomic_long created;
    atomic_long refused;
    atomic_long cancelled;
    atomic_bool stop;
};

/* Milliseconds on a clock that never jumps. */
int64_t torture_now_ms(void);

/* The next of a sequence of numbers that depends on its seed alone (xorshift64*). Not 0 to begin
   with. */
uint64_t torture_random(uint64_t *state);

/* Counts what must not be, and says so on standard error. Any thread, and children. */
__attribute__((format(printf, 1, 2))) void torture_wrong(const char *format, ...);
long torture_wrongs(void);

/* A thread that creates and destroys until it is over; `argument` is a struct torture_worker. */
struct torture_worker {
    struct torture *torture;
    unsigned number;
};
void *torture_work(void *argument);

/* Storms, each a thread until `stop`; `argument` is the struct torture. */
void *torture_fork_storm(void *argument);
void *torture_spawn_storm(void *argument);
void *torture_signal_storm(void *argument);

/* Installs the handlers of a host that uses signals; SIGTERM is blocked from here on, in the
   threads made afterwards too. */
void torture_signals_start(void);

/* Prints how often each handler ran. A SIGTERM that was sent and is not pending is wrong. */
void torture_signals_report(void);

#endif
