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
#include "tests/unit/few_descriptors.h"
#include "tests/unit/private_net.h"
#include "tests/unit/run.h"

enum { HOSTS_MAX = 200 };

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

/* The limit may be as high as it likes: what counts is what the process has left. */
START_TEST(a_few_descriptors_do_for_many_hosts)
{
    static const size_t left[] = {3, 6, 14};

    for (size_t i = 0; i < HOSTS_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "slow20-%zu.test", i);
        hosts[i].name = names[i];
    }
    few_descriptors_begin(left[_i]);
    run(HOSTS_MAX, NULL);
    few_descriptors_end();
    assert_resolved(HOSTS_MAX);
}
END_TEST

static unsigned long table_size; /* 0 before it has been looked at */
static size_t table_grown;

/* The clock is looked at before any host begins. */
static int64_t now_and_table(void *context)
{
    FILE *const status = fopen("/proc/self/status", "re");
    char line[256];
    unsigned long size = 0;

    ck_assert_ptr_nonnull(status);
    while (size == 0 && fgets(line, sizeof(line), status) != NULL) {
        if (strncmp(line, "FDSize:", 7) == 0) {
            size = strtoul(line + 7, NULL, 10);
        }
    }
    (void)fclose(status);
    ck_assert_uint_gt(size, 0);
    table_grown += table_size != 0 && size > table_size ? 1 : 0;
    table_size = size;
    return fake_dns_clock(dns)->now_ms(context);
}

/* In a process with threads each time costs it a grace period of the kernel's. */
START_TEST(the_table_of_descriptors_grows_once)
{
    struct resolver_clock clock = *fake_dns_clock(dns);

    clock.now_ms = now_and_table;
    for (size_t i = 0; i < HOSTS_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "slow20-%zu.test", i);
        hosts[i].name = names[i];
    }
    resolver_run(&options, hosts, HOSTS_MAX, NULL, &clock);
    assert_resolved(HOSTS_MAX);
    ck_assert_uint_le(table_grown, 1);
}
END_TEST

static void restart(enum fake_dns_mode second, enum fake_dns_mode third, const char *resolv_conf)
{
    const enum fake_dns_mode modes[FAKE_DNS_SERVERS] = {FAKE_DNS_SCRIPT, second, third};

    fake_dns_stop(dns);
    dns = fake_dns_start(true, modes);
    private_net_write("/etc/resolv.conf", resolv_conf);
}

/* 128 questions may be open, and 64 hosts would have 7 each before their first answer. */
START_TEST(a_limit_that_is_reached_costs_questions_and_no_host)
{
    enum { COUNT = 150, QUESTIONS = 7, DESCRIPTORS = 256 };
    struct rlimit before;
    struct rlimit limit;

    restart(FAKE_DNS_SCRIPT, FAKE_DNS_SCRIPT,
            "nameserver 127.0.0.1\nnameserver 127.0.0.2\nnameserver 127.0.0.3\n");
    options.timeout_ms = 2000;
    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "slow1000-%zu.test", i);
        hosts[i].name = names[i];
    }
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = DESCRIPTORS;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    run(COUNT, NULL);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_resolved(COUNT);
    ck_assert_uint_lt(fake_dns_count(dns), (size_t)COUNT * QUESTIONS);
}
END_TEST

/* Both of a pair have the same 32 bits of FNV-1a. */
START_TEST(names_of_one_hash_are_not_mistaken_for_each_other)
{
    static const char *const asked[] = {"costarring", "liquid", "declinate", "macallums"};
    static const uint32_t told[] = {0xC000024D, 0xC0000201, 0xC000024E, 0xC0000201};

    private_net_write("/etc/hosts", "192.0.2.77 costarring\n192.0.2.78 declinate\n");
    for (size_t i = 0; i < 4; i++) {
        hosts[i].name = asked[i];
    }
    run(4, NULL);
    assert_resolved(4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(hosts[i].addresses[0].s_addr, htonl(told[i]));
    }
}
END_TEST

START_TEST(a_domain_that_makes_the_name_too_long_is_passed_over)
{
    char label[60];
    char text[400];

    memset(label, 'x', sizeof(label) - 1);
    label[sizeof(label) - 1] = '\0';
    (void)snprintf(
        text, sizeof(text),
        "nameserver 127.0.0.1\nsearch %s.%s.%s.%s.xxxxxxxxxxxxx s.test\noptions ndots:2\n", label,
        label, label, label);
    private_net_write("/etc/resolv.conf", text);
    hosts[0].name = "only4-a.x";
    run(1, NULL);
    assert_resolved(1);
    ck_assert_str_eq(hosts[0].found_as, "only4-a.x.s.test");
    ck_assert_uint_eq(fake_dns_count(dns), 2);
}
END_TEST

/* The name itself may yet be answered, for half of the attempt. */
START_TEST(an_answer_by_the_search_list_waits_for_the_name_itself)
{
    private_net_write("/etc/resolv.conf",
                      "nameserver 127.0.0.1\nsearch corp.test\noptions ndots:2\n");
    options.timeout_ms = 2000;
    hosts[0].name = "deaf4-a.b";
    run(1, NULL);
    assert_resolved(1);
    ck_assert_str_eq(hosts[0].found_as, "deaf4-a.b.corp.test");
    ck_assert_int_eq(fake_dns_nth(dns, "deaf4-a.b.corp.test", 0)->at_ms, 200);
    ck_assert_int_ge(fake_dns_elapsed(dns), 1000);
    ck_assert_int_lt(fake_dns_elapsed(dns), 1100);
}
END_TEST

/* The window is full until then. */
START_TEST(a_host_whose_turn_does_not_come_again_is_told_by_its_last_attempt)
{
    options.window = 1;
    options.budget_ms = 1000;
    options.timeout_ms = 2000;
    hosts[0].name = "sf9-a.test";
    hosts[1].name = "dead.test";
    run(2, NULL);
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_SERVER_ERROR);
    ck_assert(hosts[0].out_of_budget);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_int_eq(hosts[1].outcome, RESOLVER_NO_ANSWER);
    ck_assert_int_eq(fake_dns_elapsed(dns), 1000);
}
END_TEST

/* Longer than any that was asked for; it has our id and our question. */
START_TEST(a_datagram_without_end_is_fetched_over_tcp)
{
    hosts[0].name = "huge.test";
    run(1, NULL);
    assert_resolved(1);
    ck_assert_uint_eq(fake_dns_count(dns), 2);
    ck_assert(fake_dns_nth(dns, "huge.test", 1)->tcp);
}
END_TEST

/* The question and its repetition. */
START_TEST(two_cut_answers_make_one_connection)
{
    size_t connections = 0;

    options.timeout_ms = 2000;
    hosts[0].name = "slow400-few.test";
    run(1, NULL);
    assert_resolved(1);
    for (size_t i = 0; i < fake_dns_count(dns); i++) {
        connections += fake_dns_nth(dns, NULL, i)->tcp ? 1 : 0;
    }
    ck_assert_uint_eq(fake_dns_count(dns), 3);
    ck_assert_uint_eq(connections, 1);
}
END_TEST

/* The repetition of the first attempt fails in the second, whose own questions are still open. */
START_TEST(a_late_failure_does_not_end_the_next_attempt)
{
    options.attempts = 2;
    options.timeout_ms = 2000;
    options.backoff_ms = 100;
    hosts[0].name = "slow700-sf.test";
    run(1, NULL);
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_SERVER_ERROR);
    ck_assert_uint_eq(hosts[0].attempts, 2);
    ck_assert_int_eq(fake_dns_nth(dns, NULL, 2)->at_ms, 800);
    ck_assert_int_eq(fake_dns_elapsed(dns), 1500);
}
END_TEST

/* Each of them when the other is silent still. */
START_TEST(a_server_that_fails_twice_is_one_that_fails)
{
    restart(FAKE_DNS_SILENT, FAKE_DNS_CLOSED, "nameserver 127.0.0.1\nnameserver 127.0.0.2\n");
    options.attempts = 1;
    options.timeout_ms = 2000;
    hosts[0].name = "slow700-sf.test";
    run(1, NULL);
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_SERVER_ERROR);
    ck_assert_int_eq(fake_dns_elapsed(dns), 2000);
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

    /* What was left open above would be room in the tables of the tests' processes. */
    for (int fd = 64; fd < 1024; fd++) {
        (void)close(fd);
    }
    private_net_enter();
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, the_table_of_descriptors_grows_once);
    tcase_add_loop_test(cases, a_few_descriptors_do_for_many_hosts, 0, 3);
    tcase_add_test(cases, a_limit_that_is_reached_costs_questions_and_no_host);
    tcase_add_test(cases, names_of_one_hash_are_not_mistaken_for_each_other);
    tcase_add_test(cases, a_domain_that_makes_the_name_too_long_is_passed_over);
    tcase_add_test(cases, an_answer_by_the_search_list_waits_for_the_name_itself);
    tcase_add_test(cases, a_host_whose_turn_does_not_come_again_is_told_by_its_last_attempt);
    tcase_add_test(cases, a_datagram_without_end_is_fetched_over_tcp);
    tcase_add_test(cases, two_cut_answers_make_one_connection);
    tcase_add_test(cases, a_late_failure_does_not_end_the_next_attempt);
    tcase_add_test(cases, a_server_that_fails_twice_is_one_that_fails);
    tcase_add_test(cases, hosts_are_due_in_another_order_than_they_failed_in);
    tcase_add_test(cases, a_watcher_need_not_watch_everything);
    tcase_add_test(cases, without_hosts_there_is_nothing_to_do);
    tcase_add_test(cases, lines_of_resolv_conf_that_name_no_server_are_passed_over);
    tcase_add_test(cases, a_nameserver_that_is_none_is_refused);
    tcase_add_test(cases, a_list_of_nameservers_that_is_wrong_resolves_nothing);
    tcase_add_test(cases, a_host_that_nobody_asked_about_is_explained);
    return run_cases("edges", cases);
}
