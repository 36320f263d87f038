/*
 * Writes that would end the process: what they raise is taken back, and nothing else.
 */
#include "shim/base/quiet.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/run.h"

/* A descriptor on which each write raises SIGPIPE. */
static int broken_pipe(void)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    close(ends[0]);
    return ends[1];
}

static void limit_files(rlim_t most)
{
    const struct rlimit limit = {.rlim_cur = most, .rlim_max = RLIM_INFINITY};

    /* No assertion of Check's: it would write a file. */
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        abort();
    }
}

/* Check writes files too: to be followed by limit_files(RLIM_INFINITY). */
static int file_at_its_limit(void)
{
    char path[] = "/tmp/allownet-quiet-XXXXXX";
    const int file = mkstemp(path);

    ck_assert_int_ge(file, 0);
    unlink(path);
    limit_files(0);
    return file;
}

static ssize_t write_one(int descriptor)
{
    const struct iovec part = {.iov_base = (void *)"x", .iov_len = 1};

    return quiet_writev(descriptor, &part, 1);
}

static bool is_pending(int number)
{
    sigset_t pending;

    sigpending(&pending);
    return sigismember(&pending, number) == 1;
}

static void block(int number)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static volatile sig_atomic_t handled;

static void count(int number)
{
    (void)number;
    handled++;
}

static void count_signal(int number)
{
    const struct sigaction action = {.sa_handler = count};

    sigaction(number, &action, NULL);
}

START_TEST(control_a_plain_write_ends_the_process)
{
    signal(SIGPIPE, SIG_DFL);
    (void)!write(broken_pipe(), "x", 1);
}
END_TEST

START_TEST(control_a_plain_write_to_a_full_file_does_too)
{
    signal(SIGXFSZ, SIG_DFL);
    (void)!write(file_at_its_limit(), "x", 1);
}
END_TEST

START_TEST(a_broken_pipe_is_an_error_and_no_more)
{
    signal(SIGPIPE, SIG_DFL);
    ck_assert_int_eq(write_one(broken_pipe()), -1);
    ck_assert_int_eq(errno, EPIPE);
    ck_assert(!is_pending(SIGPIPE));
}
END_TEST

START_TEST(a_file_at_its_limit_is_an_error_and_no_more)
{
    int file;
    ssize_t results[2];
    int errors[2];

    signal(SIGXFSZ, SIG_DFL);
    file = file_at_its_limit();
    results[0] = write_one(file);
    errors[0] = errno;
    results[1] = quiet_pwrite(file, "x", 1, 0);
    errors[1] = errno;
    limit_files(RLIM_INFINITY);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(results[i], -1);
        ck_assert_int_eq(errors[i], EFBIG);
    }
    ck_assert(!is_pending(SIGXFSZ));
}
END_TEST

START_TEST(what_is_written_keeps_errno)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    errno = ENOTTY;
    ck_assert_int_eq(write_one(ends[1]), 1);
    ck_assert_int_eq(errno, ENOTTY);
}
END_TEST

START_TEST(no_handler_runs_and_the_mask_is_the_callers)
{
    sigset_t before;
    sigset_t after;

    count_signal(SIGPIPE);
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    write_one(broken_pipe());
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    ck_assert_int_eq(handled, 0);
    ck_assert_int_eq(sigismember(&before, SIGPIPE), sigismember(&after, SIGPIPE));
    ck_assert_int_eq(sigismember(&after, SIGXFSZ), 0);
}
END_TEST

START_TEST(one_that_was_pending_stays)
{
    block(SIGPIPE);
    raise(SIGPIPE);
    write_one(broken_pipe());
    ck_assert(is_pending(SIGPIPE));
}
END_TEST

START_TEST(one_for_the_process_that_was_pending_stays)
{
    block(SIGPIPE);
    kill(getpid(), SIGPIPE);
    write_one(broken_pipe());
    ck_assert(is_pending(SIGPIPE));
}
END_TEST

/* ---- while the write goes on ---- */

/* Sends SIGPIPE to its argument's thread, or the process, once that one waits in a write. */
struct sender {
    pid_t thread; /* 0: the process */
    int reader;   /* the only end that is read from; closed then */
};

/* Whether a thread of this process is in the system call of quiet_writev. */
static bool writes(pid_t thread)
{
    char path[64];
    char text[256] = "";
    int file;

    snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", (int)thread);
    file = open(path, O_RDONLY | O_CLOEXEC);
    (void)!read(file, text, sizeof(text) - 1);
    close(file);
    return strtol(text, NULL, 10) == SYS_writev;
}

static void *send_meanwhile(void *argument)
{
    const struct sender *sender = argument;
    const pid_t writer = getpid();

    block(SIGPIPE);
    while (!writes(writer)) {
        usleep(1000);
    }
    if (sender->thread != 0) {
        syscall(SYS_tgkill, getpid(), sender->thread, SIGPIPE);
    } else {
        kill(getpid(), SIGPIPE);
    }
    close(sender->reader);
    return NULL;
}

/* The pipe is full and the write sleeps; what was sent then has come when it fails. */
static void send_while_writing(bool to_thread)
{
    struct sender sender = {.thread = to_thread ? getpid() : 0};
    pthread_t thread;
    int ends[2];

    count_signal(SIGPIPE);
    ck_assert_int_eq(pipe(ends), 0);
    sender.reader = ends[0];
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (write(ends[1], "x", 1) == 1) {
        continue;
    }
    fcntl(ends[1], F_SETFL, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, send_meanwhile, &sender), 0);
    ck_assert_int_eq(write_one(ends[1]), -1);
    pthread_join(thread, NULL);
    ck_assert_int_eq(handled, 1);
}

START_TEST(one_that_others_send_to_the_thread_is_handled)
{
    send_while_writing(true);
}
END_TEST

START_TEST(one_that_others_send_to_the_process_is_handled)
{
    send_while_writing(false);
}
END_TEST

START_TEST(a_vforked_child_neither_dies_nor_touches_its_parent)
{
    const int pipe = broken_pipe();
    int status = 0;
    pid_t child;

    signal(SIGPIPE, SIG_DFL);
    child = vfork();
    if (child == 0) {
        write_one(pipe);
        _exit(7);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    ck_assert(!is_pending(SIGPIPE));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("quiet");

    tcase_add_test_raise_signal(cases, control_a_plain_write_ends_the_process, SIGPIPE);
    tcase_add_test_raise_signal(cases, control_a_plain_write_to_a_full_file_does_too, SIGXFSZ);
    tcase_add_test(cases, a_broken_pipe_is_an_error_and_no_more);
    tcase_add_test(cases, a_file_at_its_limit_is_an_error_and_no_more);
    tcase_add_test(cases, what_is_written_keeps_errno);
    tcase_add_test(cases, no_handler_runs_and_the_mask_is_the_callers);
    tcase_add_test(cases, one_that_was_pending_stays);
    tcase_add_test(cases, one_for_the_process_that_was_pending_stays);
    tcase_add_test(cases, one_that_others_send_to_the_thread_is_handled);
    tcase_add_test(cases, one_that_others_send_to_the_process_is_handled);
    tcase_add_test(cases, a_vforked_child_neither_dies_nor_touches_its_parent);
    return run_cases("quiet", cases);
}
