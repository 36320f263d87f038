/*
 * SIGINT and SIGTERM while names are being resolved. The nameserver is a socket that never answers;
 * a helper thread waits for the first query to arrive there and then sends the signal, so that it
 * always finds the lookup under way.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/resolver.h"
#include "tests/unit/few_descriptors.h"
#include "tests/unit/private_net.h"
#include "tests/unit/run.h"

/* A cancelled run takes well under a second, one that is not takes the whole attempt. Far apart,
   for a machine that does much else. */
enum { ATTEMPT_MS = 120000, PROMPT_MS = 60000 };

static const struct resolver_options slow = {
    .attempts = 1,
    .timeout_ms = ATTEMPT_MS,
    .backoff_ms = 100,
    .backoff_factor = 3,
    .budget_ms = 0,
    .window = 256,
};

static const struct resolver_options brief = {
    .attempts = 1,
    .timeout_ms = 300,
    .backoff_ms = 100,
    .backoff_factor = 3,
    .budget_ms = 20000,
    .window = 256,
};

static const int both[] = {SIGINT, SIGTERM};

static int server = -1;
static atomic_int handled;
static atomic_bool handled_on_main;
static pthread_t main_thread;

static void handle(int number)
{
    (void)number;
    atomic_fetch_add(&handled, 1);
    atomic_store(&handled_on_main, pthread_equal(pthread_self(), main_thread) != 0);
}

static void handle_and_cancel(int number)
{
    handle(number);
    resolver_cancel_all();
}

static void set_handler(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

    ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

static void block(int how, int number)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, number);
    ck_assert_int_eq(pthread_sigmask(how, &set, NULL), 0);
}

static bool is_blocked(int number)
{
    sigset_t mask;

    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    return sigismember(&mask, number) == 1;
}

/* ---- the helper ----------------------------------------------------------------------------- */

static void await_queries(int count)
{
    char query[512];

    for (int i = 0; i < count; i++) {
        if (recv(server, query, sizeof(query), 0) <= 0) {
            abort();
        }
    }
}

struct helper {
    pthread_t thread;
    int queries;
    int signal; /* sent to the process; 0: resolver_cancel_all */
};

static void *helper_main(void *context)
{
    const struct helper *helper = context;

    await_queries(helper->queries);
    if (helper->signal == 0) {
        resolver_cancel_all();
    } else {
        (void)kill(getpid(), helper->signal);
    }
    return NULL;
}

/* Starts a thread that takes no signal itself. */
static void thread_start(pthread_t *thread, void *(*body)(void *), void *context)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    ck_assert_int_eq(pthread_create(thread, NULL, body, context), 0);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static enum resolver_outcome resolve(const struct resolver_options *options)
{
    struct resolver_host host = {.name = "silent.test"};

    resolver_run(options, &host, 1, NULL, NULL);
    return host.outcome;
}

/* Resolves while the helper sends the signal; `took_ms` may be NULL. */
static enum resolver_outcome resolve_during(const struct resolver_options *options, int number,
                                            int64_t *took_ms)
{
    struct helper helper = {.queries = 1, .signal = number};
    int64_t start_ms = resolver_system_clock.now_ms(NULL);
    enum resolver_outcome outcome;

    thread_start(&helper.thread, helper_main, &helper);
    outcome = resolve(options);
    if (took_ms != NULL) {
        *took_ms = resolver_system_clock.now_ms(NULL) - start_ms;
    }
    ck_assert_int_eq(pthread_join(helper.thread, NULL), 0);
    return outcome;
}

static void setup(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};

    private_net_reset();
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(server, 0);
    ck_assert_int_eq(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
    atomic_store(&handled, 0);
    main_thread = pthread_self();
}

static void teardown(void)
{
    (void)close(server);
}

/* ---- tests ---------------------------------------------------------------------------------- */

START_TEST(handler_runs_once_and_the_run_is_cancelled)
{
    int64_t took_ms;

    set_handler(both[_i], handle);
    ck_assert_int_eq(resolve_during(&slow, both[_i], &took_ms), RESOLVER_CANCELLED);
    ck_assert_int_lt(took_ms, PROMPT_MS);
    ck_assert_int_eq(atomic_load(&handled), 1);
    ck_assert(atomic_load(&handled_on_main));
}
END_TEST

START_TEST(default_action_ends_the_process)
{
    int status = 0;
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(both[_i], SIG_DFL);
        (void)resolve(&slow);
        _exit(0); /* not reached: the pending signal strikes when the mask is put back */
    }
    await_queries(1);
    ck_assert_int_eq(kill(child, both[_i]), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), both[_i]);
}
END_TEST

START_TEST(ignored_signal_cancels_nothing)
{
    struct sigaction after;

    (void)signal(both[_i], SIG_IGN);
    ck_assert_int_eq(resolve_during(&brief, both[_i], NULL), RESOLVER_NO_ANSWER);
    ck_assert_int_eq(sigaction(both[_i], NULL, &after), 0);
    ck_assert(after.sa_handler == SIG_IGN);
    ck_assert(!is_blocked(both[_i]));
}
END_TEST

START_TEST(signal_that_the_host_blocks_stays_pending_for_it)
{
    const struct timespec at_once = {0, 0};
    sigset_t set;

    set_handler(both[_i], handle);
    block(SIG_BLOCK, both[_i]);
    ck_assert_int_eq(resolve_during(&brief, both[_i], NULL), RESOLVER_NO_ANSWER);
    ck_assert(is_blocked(both[_i]));
    ck_assert_int_eq(atomic_load(&handled), 0);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, both[_i]);
    ck_assert_int_eq(sigtimedwait(&set, NULL, &at_once), both[_i]);
    ck_assert_int_eq(sigtimedwait(&set, NULL, &at_once), -1);
}
END_TEST

static void *wait_for_signal(void *context)
{
    const int *number = context;
    sigset_t set;
    int taken = 0;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, *number);
    (void)sigwait(&set, &taken);
    return taken == *number ? context : NULL;
}

START_TEST(sigwait_thread_of_the_host_gets_the_signal)
{
    pthread_t waiter;
    void *taken = NULL;
    int number = both[_i];

    block(SIG_BLOCK, number);
    thread_start(&waiter, wait_for_signal, &number);
    ck_assert_int_eq(resolve_during(&brief, number, NULL), RESOLVER_NO_ANSWER);
    ck_assert_int_eq(pthread_join(waiter, &taken), 0);
    ck_assert_ptr_eq(taken, &number);
}
END_TEST

START_TEST(blocking_one_signal_does_not_hide_the_other)
{
    set_handler(SIGINT, handle);
    set_handler(SIGTERM, handle);
    block(SIG_BLOCK, SIGINT);
    ck_assert_int_eq(resolve_during(&slow, SIGTERM, NULL), RESOLVER_CANCELLED);
    ck_assert_int_eq(atomic_load(&handled), 1);
    ck_assert(is_blocked(SIGINT));
    ck_assert(!is_blocked(SIGTERM));
}
END_TEST

struct idler {
    pthread_t thread;
    int fds[2];
};

static void *idle(void *context)
{
    const struct idler *idler = context;
    struct pollfd end = {.fd = idler->fds[0], .events = POLLIN};

    while (poll(&end, 1, -1) < 0 && errno == EINTR) {
    }
    return NULL;
}

START_TEST(handler_on_another_thread_can_cancel)
{
    struct idler idler;
    int64_t took_ms;

    set_handler(both[_i], handle_and_cancel);
    ck_assert_int_eq(pipe(idler.fds), 0);
    /* This one takes signals. Which of the two gets it in the end is the kernel's choice. */
    ck_assert_int_eq(pthread_create(&idler.thread, NULL, idle, &idler), 0);
    ck_assert_int_eq(resolve_during(&slow, both[_i], &took_ms), RESOLVER_CANCELLED);
    ck_assert_int_lt(took_ms, PROMPT_MS);
    (void)close(idler.fds[1]);
    ck_assert_int_eq(pthread_join(idler.thread, NULL), 0);
    ck_assert_int_eq(atomic_load(&handled), 1);
    (void)close(idler.fds[0]);
}
END_TEST

static void *resolve_in_thread(void *context)
{
    enum resolver_outcome *outcome = context;

    *outcome = resolve(&slow);
    return NULL;
}

static void two_runs_end(int number)
{
    struct helper helper = {.queries = 2, .signal = number};
    enum resolver_outcome second = RESOLVER_UNTRIED;
    int64_t start_ms = resolver_system_clock.now_ms(NULL);
    pthread_t other;

    thread_start(&helper.thread, helper_main, &helper);
    thread_start(&other, resolve_in_thread, &second);
    ck_assert_int_eq(resolve(&slow), RESOLVER_CANCELLED);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ck_assert_int_eq(pthread_join(helper.thread, NULL), 0);
    ck_assert_int_eq(second, RESOLVER_CANCELLED);
    ck_assert_int_lt(resolver_system_clock.now_ms(NULL) - start_ms, PROMPT_MS);
}

START_TEST(one_signal_ends_every_run_of_the_process)
{
    set_handler(both[_i], handle);
    two_runs_end(both[_i]);
    ck_assert_int_eq(atomic_load(&handled), 1);
}
END_TEST

START_TEST(cancel_all_ends_every_run_of_the_process)
{
    two_runs_end(0);
}
END_TEST

START_TEST(cancel_all_may_be_called_from_a_handler_of_another_signal)
{
    int64_t took_ms;

    set_handler(SIGUSR1, handle_and_cancel);
    ck_assert_int_eq(resolve_during(&slow, SIGUSR1, &took_ms), RESOLVER_CANCELLED);
    ck_assert_int_lt(took_ms, PROMPT_MS);
    ck_assert_int_eq(atomic_load(&handled), 1);
}
END_TEST

START_TEST(other_signals_interrupt_nothing)
{
    set_handler(SIGUSR1, handle);
    ck_assert_int_eq(resolve_during(&brief, SIGUSR1, NULL), RESOLVER_NO_ANSWER);
    ck_assert_int_eq(atomic_load(&handled), 1);
}
END_TEST

static void handle_info(int number, siginfo_t *info, void *context)
{
    (void)info;
    (void)context;
    handle(number);
}

START_TEST(mask_and_dispositions_are_as_before)
{
    struct sigaction with_info = {.sa_sigaction = handle_info, .sa_flags = SA_SIGINFO | SA_NODEFER};
    struct sigaction after;
    sigset_t before_mask;
    sigset_t after_mask;

    (void)sigaddset(&with_info.sa_mask, SIGUSR2);
    ck_assert_int_eq(sigaction(SIGINT, &with_info, NULL), 0);
    (void)signal(SIGTERM, SIG_DFL);
    block(SIG_BLOCK, SIGALRM);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &before_mask), 0);
    ck_assert_int_eq(resolve_during(&slow, SIGINT, NULL), RESOLVER_CANCELLED);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &after_mask), 0);
    for (int number = 1; number < SIGRTMAX; number++) {
        ck_assert_int_eq(sigismember(&before_mask, number), sigismember(&after_mask, number));
    }
    ck_assert_int_eq(sigaction(SIGINT, NULL, &after), 0);
    ck_assert(after.sa_sigaction == handle_info);
    ck_assert_int_eq(after.sa_flags & (SA_SIGINFO | SA_NODEFER), SA_SIGINFO | SA_NODEFER);
    ck_assert_int_eq(sigismember(&after.sa_mask, SIGUSR2), 1);
    ck_assert_int_eq(sigaction(SIGTERM, NULL, &after), 0);
    ck_assert(after.sa_handler == SIG_DFL);
    ck_assert_int_eq(atomic_load(&handled), 1);
}
END_TEST

static void see_mask(void *context, const struct resolver_host *host)
{
    bool *blocked = context;

    (void)host;
    *blocked = is_blocked(SIGINT) || is_blocked(SIGTERM);
}

static bool blocked_while_running(void)
{
    bool blocked = false;
    const struct resolver_observer observer = {.context = &blocked, .settled = see_mask};
    struct resolver_host host = {.name = "silent.test"};

    resolver_run(&brief, &host, 1, &observer, NULL);
    return blocked;
}

START_TEST(mask_is_left_alone_when_there_is_no_descriptor_to_watch_with)
{
    bool blocked;

    set_handler(SIGINT, handle);
    set_handler(SIGTERM, handle);
    ck_assert(blocked_while_running());
    few_descriptors_begin(0);
    blocked = blocked_while_running();
    few_descriptors_end();
    ck_assert(!blocked);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("cancel");

    private_net_enter();
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, handler_runs_once_and_the_run_is_cancelled, 0, 2);
    tcase_add_loop_test(cases, default_action_ends_the_process, 0, 2);
    tcase_add_loop_test(cases, ignored_signal_cancels_nothing, 0, 2);
    tcase_add_loop_test(cases, signal_that_the_host_blocks_stays_pending_for_it, 0, 2);
    tcase_add_loop_test(cases, sigwait_thread_of_the_host_gets_the_signal, 0, 2);
    tcase_add_test(cases, blocking_one_signal_does_not_hide_the_other);
    tcase_add_loop_test(cases, handler_on_another_thread_can_cancel, 0, 2);
    tcase_add_loop_test(cases, one_signal_ends_every_run_of_the_process, 0, 2);
    tcase_add_test(cases, cancel_all_ends_every_run_of_the_process);
    tcase_add_test(cases, cancel_all_may_be_called_from_a_handler_of_another_signal);
    tcase_add_test(cases, other_signals_interrupt_nothing);
    tcase_add_test(cases, mask_and_dispositions_are_as_before);
    tcase_add_test(cases, mask_is_left_alone_when_there_is_no_descriptor_to_watch_with);
    return run_cases("cancel", cases);
}
