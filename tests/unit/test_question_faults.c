/*
 * Sockets that fail: each system call of the resolver's own sockets fails with each errno that it
 * may have, the n-th time for every n until one is out of reach. Once: every host is resolved all
 * the same, since it is asked for again. From then on: every host has an outcome, and the run ends.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/raw.h"
#include "resolver/resolver.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/private_net.h"
#include "tests/unit/run.h"

/* ---- system calls that fail on demand; the linker sends every caller here ---------------------
 */

/* The names are the linker's. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */
int __real_raw_socket(int family, int type);
int __real_raw_connect(int fd, const struct sockaddr *address, socklen_t length);
ssize_t __real_raw_send(int fd, const void *bytes, size_t size);
ssize_t __real_raw_receive(int fd, void *buffer, size_t size, int flags);
ssize_t __real_raw_random(void *buffer, size_t size);
int __real_open(const char *path, int flags, ...);
int __wrap_raw_socket(int family, int type);
int __wrap_raw_connect(int fd, const struct sockaddr *address, socklen_t length);
ssize_t __wrap_raw_send(int fd, const void *bytes, size_t size);
ssize_t __wrap_raw_receive(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_raw_random(void *buffer, size_t size);
int __wrap_open(const char *path, int flags, ...);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

enum call { CALL_SOCKET, CALL_CONNECT, CALL_SEND, CALL_RECEIVE, CALL_RANDOM, CALL_OPEN };

enum { SHORT = -1 /* instead of an errno: does less than was asked for */ };

static struct {
    enum call call;
    int error;
    bool stays;  /* every call after the n-th fails too */
    size_t left; /* calls until the failure; SIZE_MAX for never */
    size_t failed;
} fault;

/* Datagrams that answer nothing come faster than they can be read. */
static bool flood;

static bool call_fails(enum call call)
{
    if (call != fault.call || fault.left == SIZE_MAX) {
        return false;
    }
    if (fault.left > 0) {
        fault.left--;
        return false;
    }
    if (fault.failed > 0 && !fault.stays) {
        return false;
    }
    fault.failed++;
    errno = fault.error;
    return true;
}

int __wrap_raw_socket(int family, int type)
{
    return call_fails(CALL_SOCKET) ? -1 : __real_raw_socket(family, type);
}

int __wrap_raw_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    return call_fails(CALL_CONNECT) ? -1 : __real_raw_connect(fd, address, length);
}

ssize_t __wrap_raw_send(int fd, const void *bytes, size_t size)
{
    if (!call_fails(CALL_SEND)) {
        return __real_raw_send(fd, bytes, size);
    }
    return fault.error == SHORT ? __real_raw_send(fd, bytes, size / 2) : -1;
}

ssize_t __wrap_raw_receive(int fd, void *buffer, size_t size, int flags)
{
    if (flood) {
        /* What has come is left where it is, so that there is always something. */
        memset(buffer, 0, size);
        return (ssize_t)size;
    }
    if (!call_fails(CALL_RECEIVE)) {
        return __real_raw_receive(fd, buffer, size, flags);
    }
    /* Without MSG_TRUNC, which would tell the length that it had. */
    return fault.error == SHORT ? __real_raw_receive(fd, buffer, 1, flags & ~MSG_TRUNC) : -1;
}

ssize_t __wrap_raw_random(void *buffer, size_t size)
{
    return call_fails(CALL_RANDOM) ? -1 : __real_raw_random(buffer, size);
}

int __wrap_open(const char *path, int flags, ...)
{
    if (strcmp(path, "/dev/urandom") == 0 && call_fails(CALL_OPEN)) {
        return -1;
    }
    return __real_open(path, flags);
}

/* ---- tests ------------------------------------------------------------------------------------
 */

static const char *const names[] = {"ok-a.test", "three.test", "few.test"};

enum { HOSTS = sizeof(names) / sizeof(names[0]), ENDLESS = 100, FROM_THEN_ON = 3 };

static const struct resolver_options options = {.attempts = 3,
                                                .timeout_ms = 400,
                                                .backoff_ms = 10,
                                                .backoff_factor = 1,
                                                .hedge_ms = 200,
                                                .budget_ms = 20000,
                                                .window = 256};

static struct resolver_host hosts[HOSTS];

/* Returns how often the call failed. */
static size_t run_with_fault(enum call call, int error, size_t n, bool stays)
{
    static const enum fake_dns_mode modes[FAKE_DNS_SERVERS] = {FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED,
                                                               FAKE_DNS_CLOSED};
    struct fake_dns *dns = fake_dns_start(true, modes);
    size_t settled = 0;

    memset(hosts, 0, sizeof(hosts));
    for (size_t i = 0; i < HOSTS; i++) {
        hosts[i].name = names[i];
    }
    fault.call = call;
    fault.error = error;
    fault.stays = stays;
    fault.failed = 0;
    fault.left = n;
    resolver_run(&options, hosts, HOSTS, NULL, fake_dns_clock(dns));
    fault.left = SIZE_MAX;
    for (size_t i = 0; i < HOSTS; i++) {
        settled += hosts[i].outcome != RESOLVER_UNTRIED ? 1 : 0;
        if (!stays) {
            ck_assert_msg(hosts[i].outcome == RESOLVER_RESOLVED,
                          "%s: %s; call %d, errno %d, n = %zu", names[i],
                          resolver_outcome_text(hosts[i].outcome), (int)call, error, n);
        }
    }
    ck_assert_uint_eq(settled, HOSTS);
    resolver_hosts_clear(hosts, HOSTS);
    fake_dns_stop(dns);
    return fault.failed;
}

static const struct {
    enum call call;
    int error;
} faults[] = {
    {CALL_SOCKET, EMFILE},      {CALL_SOCKET, ENOMEM}, {CALL_SOCKET, EACCES},
    {CALL_CONNECT, EINTR},      {CALL_CONNECT, EPERM}, {CALL_CONNECT, ENETUNREACH},
    {CALL_SEND, EINTR},         {CALL_SEND, ENOBUFS},  {CALL_SEND, EPIPE},
    {CALL_SEND, ECONNREFUSED},  {CALL_RECEIVE, EINTR}, {CALL_RECEIVE, ENOMEM},
    {CALL_RECEIVE, ECONNRESET}, {CALL_RECEIVE, SHORT}, {CALL_RANDOM, ENOSYS},
    {CALL_RANDOM, EAGAIN},
};

START_TEST(call_that_fails_once_is_made_up_for)
{
    size_t n = 0;

    while (run_with_fault(faults[_i].call, faults[_i].error, n, false) > 0) {
        n++;
        ck_assert_uint_lt(n, ENDLESS);
    }
    ck_assert_uint_ge(n, HOSTS);
}
END_TEST

START_TEST(call_that_fails_from_then_on_ends_the_run)
{
    /* Virtual time stands still while a socket can be read, and cannot. */
    for (size_t n = 0; n < FROM_THEN_ON && faults[_i].error != EINTR; n++) {
        ck_assert_uint_gt(run_with_fault(faults[_i].call, faults[_i].error, n, true), 0);
    }
}
END_TEST

START_TEST(a_flood_of_strays_ends_with_the_budget)
{
    static const enum fake_dns_mode modes[FAKE_DNS_SERVERS] = {FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED,
                                                               FAKE_DNS_CLOSED};
    struct fake_dns *dns = fake_dns_start(false, modes);
    struct resolver_options short_of_time = options;

    short_of_time.budget_ms = 300;
    hosts[0] = (struct resolver_host){.name = "ok-a.test"};
    flood = true;
    resolver_run(&short_of_time, hosts, 1, NULL, fake_dns_clock(dns));
    flood = false;
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_ANSWER);
    ck_assert_int_lt(fake_dns_elapsed(dns), 3000);
    fake_dns_stop(dns);
}
END_TEST

static void setup(void)
{
    fault.left = SIZE_MAX;
    private_net_reset();
}

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    TCase *cases = tcase_create("question_faults");

    private_net_enter();
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_loop_test(cases, call_that_fails_once_is_made_up_for, 0, COUNT(faults));
    tcase_add_loop_test(cases, call_that_fails_from_then_on_ends_the_run, 0, COUNT(faults));
    tcase_add_test(cases, a_flood_of_strays_ends_with_the_budget);
    return run_cases("question_faults", cases);
}
