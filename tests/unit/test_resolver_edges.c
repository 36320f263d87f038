/*
 * What seldom happens to a run: more sockets than there is room for at first or at all, hosts that
 * are due in another order than they failed in, nobody who watches, a resolv.conf full of oddities.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "resolver/resolver.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/private_net.h"
#include "tests/unit/run.h"

enum { HOSTS_MAX = 200, DESCRIPTORS = 256 };

static struct resolver_options options;
static struct resolver_host hosts[HOSTS_MAX];
static char names[HOSTS_MAX][32];
static struct fake_dns *dns;

static void setup(void)
{
    static const enum fake_dns_mode modes[FAKE_DNS_SERVERS] = {FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED,
                                                               FAKE_DNS_CLOSED};

    private_net_reset();
    memset(hosts, 0, sizeof(hosts));
    options = (struct resolver_options){.attempts = 4,
                                        .timeout_ms = 400,
                                        .backoff_ms = 10,
                                        .backoff_factor = 3,
                                        .hedge_ms = 200,
                                        .budget_ms = 20000,
                                        .window = 256};
    dns = fake_dns_start(true, modes);
}

static void teardown(void)
{
    resolver_hosts_clear(hosts, HOSTS_MAX);
    fake_dns_stop(dns);
}

static void run(size_t count, const struct resolver_observer *observer)
{
    resolver_run(&options, hosts, count, observer, fake_dns_clock(dns));
}

static void assert_resolved(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(hosts[i].outcome == RESOLVER_RESOLVED, "%s: %s", hosts[i].name,
                      resolver_outcome_text(hosts[i].outcome));
    }
}

/* Names without a dot have a channel each, since each is searched for by itself. */
START_TEST(more_sockets_than_there_was_room_for)
{
    enum { COUNT = 150 };

    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "ok-%zu", i);
        hosts[i].name = names[i];
    }
    run(COUNT, NULL);
    assert_resolved(COUNT);
}
END_TEST

static size_t retries_told;

static void count_retry(void *context, const struct resolver_host *host, unsigned delay_ms)
{
    (void)context;
    (void)host;
    (void)delay_ms;
    retries_told++;
}

/* The first fails at once, twice, and has a long pause before it; the other's first attempt fails
   while that lasts, and is due again before. */
/* The limit may be as high as it likes: what counts is what the process has left. */
START_TEST(a_few_descriptors_do_for_many_hosts)
{
    static const size_t left[] = {3, 6, 14};
    struct rlimit before;
    struct rlimit limit;
    int taken[DESCRIPTORS];
    size_t count = 0;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = DESCRIPTORS;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    while ((taken[count] = dup(STDOUT_FILENO)) >= 0) {
        count++;
    }
    for (size_t i = 0; i < left[_i]; i++) {
        (void)close(taken[--count]);
    }
    for (size_t i = 0; i < HOSTS_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "slow20-%zu.test", i);
        hosts[i].name = names[i];
    }
    run(HOSTS_MAX, NULL);
    while (count > 0) {
        (void)close(taken[--count]);
    }
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_resolved(HOSTS_MAX);
}
END_TEST

START_TEST(hosts_are_due_in_another_order_than_they_failed_in)
{
    const struct resolver_observer observer = {.retrying = count_retry};

    options.backoff_factor = 10;
    options.backoff_ms = 100;
    options.timeout_ms = 300;
    hosts[0].name = "sf2-early.test";
    hosts[1].name = "lose1-late.test";
    retries_told = 0;
    run(2, &observer);
    assert_resolved(2);
    ck_assert_uint_eq(retries_told, 3);
    ck_assert_int_lt(fake_dns_nth(dns, hosts[1].name, 1)->at_ms,
                     fake_dns_nth(dns, hosts[0].name, 2)->at_ms);
}
END_TEST

START_TEST(a_watcher_need_not_watch_everything)
{
    const struct resolver_observer nothing = {0};

    hosts[0].name = "sf1-again.test";
    hosts[1].name = "nx.test";
    run(2, &nothing);
    assert_resolved(1);
    ck_assert_int_eq(hosts[1].outcome, RESOLVER_NO_SUCH_HOST);
}
END_TEST

START_TEST(without_hosts_there_is_nothing_to_do)
{
    run(0, NULL);
    ck_assert_uint_eq(fake_dns_count(dns), 0);
}
END_TEST

START_TEST(lines_of_resolv_conf_that_name_no_server_are_passed_over)
{
    enum { LONG_LINE = 600, MORE = 18 };
    char text[4096];
    size_t length = 0;

    length += (size_t)snprintf(text, sizeof(text), "nameservers 127.0.0.9\nnameserver\n# ");
    memset(text + length, 'x', LONG_LINE);
    length += LONG_LINE;
    length += (size_t)snprintf(text + length, sizeof(text) - length,
                               " nameserver 127.0.0.9\nnameserver dns.example\n"
                               "nameserver 127.0.0.1\n");
    for (int i = 0; i < MORE; i++) {
        length +=
            (size_t)snprintf(text + length, sizeof(text) - length, "nameserver 127.0.1.%d\n", i);
    }
    private_net_write("/etc/resolv.conf", text);
    hosts[0].name = "ok-a.test";
    run(1, NULL);
    assert_resolved(1);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert(!hosts[0].no_nameserver);
}
END_TEST

START_TEST(a_nameserver_that_is_none_is_refused)
{
    static const char *const wrong[] = {
        "192.0.2.1:123456",
        "192.0.2.1:5/3",
        "[fe80::1%nosuch]",
        "[fe80::1%4294967296]",
        "[fe80::1%0]",
        "1234567890123456789012345678901234567890123456789012345678901234567890",
    };
    static const char *const right[] = {"[fe80::1%lo]:53", "[fe80::1%7]", "192.0.2.1:65535"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ck_assert_msg(resolver_servers_fault(wrong[i]) != NULL, "%s", wrong[i]);
    }
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        ck_assert_msg(resolver_servers_fault(right[i]) == NULL, "%s", right[i]);
    }
}
END_TEST

/* A caller has checked the list before; here nobody has. */
START_TEST(a_list_of_nameservers_that_is_wrong_resolves_nothing)
{
    options.servers = "192.0.2.1:0";
    options.attempts = 1;
    hosts[0].name = "ok-a.test";
    run(1, NULL);
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_SYSTEM_ERROR);
    ck_assert_uint_eq(fake_dns_count(dns), 0);
}
END_TEST

START_TEST(a_host_that_nobody_asked_about_is_explained)
{
    const struct resolver_host host = {.name = "a.test"};
    char text[64];

    resolver_explain(&options, &host, text, sizeof(text));
    ck_assert_str_eq(text, "was not looked up");
    ck_assert_str_eq(resolver_outcome_text((enum resolver_outcome)99), "unknown");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("edges");

    private_net_enter();
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, more_sockets_than_there_was_room_for);
    tcase_add_loop_test(cases, a_few_descriptors_do_for_many_hosts, 0, 3);
    tcase_add_test(cases, hosts_are_due_in_another_order_than_they_failed_in);
    tcase_add_test(cases, a_watcher_need_not_watch_everything);
    tcase_add_test(cases, without_hosts_there_is_nothing_to_do);
    tcase_add_test(cases, lines_of_resolv_conf_that_name_no_server_are_passed_over);
    tcase_add_test(cases, a_nameserver_that_is_none_is_refused);
    tcase_add_test(cases, a_list_of_nameservers_that_is_wrong_resolves_nothing);
    tcase_add_test(cases, a_host_that_nobody_asked_about_is_explained);
    return run_cases("edges", cases);
}
