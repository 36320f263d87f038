/*
 * A run while memory is short: the n-th allocation fails, once or from then on, for every n until
 * one is out of reach. Every host must have an outcome, and the run must end. What leaks shows
 * under LeakSanitizer and valgrind.
 */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/resolver.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/private_net.h"
#include "tests/unit/run.h"

/* ---- an allocator that fails on demand; the linker sends every caller here ------------------- */

/* The names are the linker's. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static struct {
    bool armed;
    bool stays;  /* every allocation after the n-th fails too */
    size_t left; /* allocations until the failure */
    size_t failed;
} memory;

static bool allocation_fails(void)
{
    if (!memory.armed) {
        return false;
    }
    if (memory.left > 0) {
        memory.left--;
        return false;
    }
    if (memory.failed > 0 && !memory.stays) {
        return false;
    }
    memory.failed++;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return allocation_fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return allocation_fails() ? NULL : __real_strdup(text);
}

/* ---- the nameserver's own allocations do not count ------------------------------------------- */

static struct fake_dns *dns;

static int64_t disarmed_now(void *context)
{
    (void)context;
    return fake_dns_clock(dns)->now_ms(fake_dns_clock(dns)->context);
}

static int disarmed_wait(void *context, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    bool armed = memory.armed;
    int ready;

    (void)context;
    memory.armed = false;
    ready = fake_dns_clock(dns)->wait(fake_dns_clock(dns)->context, fds, count, timeout_ms);
    memory.armed = armed;
    return ready;
}

static const struct resolver_clock disarmed_clock = {.now_ms = disarmed_now, .wait = disarmed_wait};

/* ---- tests ----------------------------------------------------------------------------------- */

static const char *const names[] = {"ok-a.test", "many.test", "v6.test",
                                    "nx.test",   "ok2-db",    "file.test"};

enum { HOSTS = sizeof(names) / sizeof(names[0]), ENDLESS = 20000 };

static struct resolver_host hosts[HOSTS];

/* Returns false when the n-th allocation was not reached. */
static bool run_with_failure(size_t n, bool stays)
{
    static const struct resolver_options options = {.attempts = 2,
                                                    .timeout_ms = 400,
                                                    .backoff_ms = 10,
                                                    .backoff_factor = 1,
                                                    .hedge_ms = 200,
                                                    .budget_ms = 2000,
                                                    .window = 256};
    static const enum fake_dns_mode modes[FAKE_DNS_SERVERS] = {FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED,
                                                               FAKE_DNS_CLOSED};

    dns = fake_dns_start(true, modes);
    memset(hosts, 0, sizeof(hosts));
    for (size_t i = 0; i < HOSTS; i++) {
        hosts[i].name = names[i];
    }
    memory.left = n;
    memory.failed = 0;
    memory.stays = stays;
    memory.armed = true;
    resolver_run(&options, hosts, HOSTS, NULL, &disarmed_clock);
    memory.armed = false;
    for (size_t i = 0; i < HOSTS; i++) {
        bool resolved = hosts[i].outcome == RESOLVER_RESOLVED;
        ck_assert_msg(hosts[i].outcome != RESOLVER_UNTRIED, "%s, n = %zu", names[i], n);
        ck_assert_msg(resolved == (hosts[i].address_count > 0), "%s, n = %zu", names[i], n);
        ck_assert_msg(resolved == (hosts[i].addresses != NULL), "%s, n = %zu", names[i], n);
    }
    ck_assert_int_ne(hosts[2].outcome, RESOLVER_RESOLVED);
    ck_assert_int_ne(hosts[3].outcome, RESOLVER_RESOLVED);
    resolver_hosts_clear(hosts, HOSTS);
    fake_dns_stop(dns);
    return memory.failed > 0;
}

static void setup(void)
{
    private_net_reset();
    private_net_write("/etc/hosts", "203.0.113.5 file.test\n");
}

/* 1, or what it takes to get by with TEST_CASES runs, where each is slow. */
static size_t stride(void)
{
    (void)run_with_failure(ENDLESS, false);
    return 1 + (ENDLESS - memory.left) / test_cases(ENDLESS);
}

START_TEST(every_single_failure_is_survived)
{
    size_t step = stride();
    size_t n = 0;

    while (run_with_failure(n, false)) {
        n += step;
        ck_assert_uint_lt(n, ENDLESS);
    }
    ck_assert_uint_gt(n, 50);
}
END_TEST

START_TEST(memory_that_stays_short_is_survived)
{
    size_t n = 0;

    while (run_with_failure(n, true)) {
        n += n < 100 ? 1 : 7;
        ck_assert_uint_lt(n, ENDLESS);
    }
}
END_TEST

START_TEST(no_memory_at_all_is_the_reason_given)
{
    char text[64];
    const struct resolver_options options = {.attempts = 1, .timeout_ms = 100, .window = 1};

    memset(hosts, 0, sizeof(hosts));
    hosts[0].name = "ok-a.test";
    memory.left = 0;
    memory.failed = 0;
    memory.stays = true;
    memory.armed = true;
    resolver_run(&options, hosts, 1, NULL, NULL);
    memory.armed = false;
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_MEMORY);
    resolver_explain(&options, &hosts[0], text, sizeof(text));
    ck_assert_str_eq(text, "out of memory");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("memory");

    private_net_enter();
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_set_timeout(cases, 900);
    tcase_add_test(cases, every_single_failure_is_survived);
    tcase_add_test(cases, memory_that_stays_short_is_survived);
    tcase_add_test(cases, no_memory_at_all_is_the_reason_given);
    return run_cases("memory", cases);
}
