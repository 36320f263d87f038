/*
 * When the resolver does what: attempts, pauses, deadlines, window, budget, cancellation. The clock
 * is virtual, so every instant is exact and nothing waits for real.
 */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/resolver.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/private_net.h"
#include "tests/unit/run.h"

enum { TYPE_A = 1, TYPE_AAAA = 28, HOSTS_MAX = 600 };

static const struct resolver_options defaults = {
    .attempts = 4,
    .timeout_ms = 2000,
    .backoff_ms = 100,
    .backoff_factor = 3,
    .hedge_ms = 200,
    .budget_ms = 20000,
    .window = 256,
};

static const enum fake_dns_mode one_server[FAKE_DNS_SERVERS] = {FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED,
                                                                FAKE_DNS_CLOSED};

static struct resolver_host hosts[HOSTS_MAX];
static struct fake_dns *dns;

struct seen {
    struct fake_dns *dns;
    size_t retrying;
    size_t settled;
    unsigned delays[16];
    int64_t retried_at[16];
    int64_t settled_at;
    enum resolver_outcome failed_with;
};

static struct seen seen;

static void see_retrying(void *context, const struct resolver_host *host, unsigned delay_ms)
{
    struct seen *into = context;

    ck_assert_uint_lt(into->retrying, 16);
    into->delays[into->retrying] = delay_ms;
    into->retried_at[into->retrying] = fake_dns_elapsed(dns);
    into->retrying++;
    into->failed_with = host->outcome;
    ck_assert_uint_eq(host->attempts, into->retrying);
}

static void see_settled(void *context, const struct resolver_host *host)
{
    struct seen *into = context;

    into->settled++;
    into->settled_at = fake_dns_elapsed(dns);
    ck_assert_ptr_nonnull(host->name);
}

static const struct resolver_observer observer = {
    .context = &seen, .retrying = see_retrying, .settled = see_settled};

static void resolve(const struct resolver_options *options, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hosts[i].name = names[i];
    }
    resolver_run(options, hosts, count, count == 1 ? &observer : NULL, fake_dns_clock(dns));
}

static void resolve_one(const struct resolver_options *options, const char *name)
{
    resolve(options, &name, 1);
}

static const char *explain(const struct resolver_options *options)
{
    static char text[256];

    resolver_explain(options, &hosts[0], text, sizeof(text));
    return text;
}

static void setup(void)
{
    private_net_reset();
    memset(hosts, 0, sizeof(hosts));
    memset(&seen, 0, sizeof(seen));
    dns = fake_dns_start(true, one_server);
}

static void teardown(void)
{
    resolver_hosts_clear(hosts, HOSTS_MAX);
    fake_dns_stop(dns);
}

START_TEST(first_answer_settles_the_host)
{
    resolve_one(&defaults, "ok-a.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_RESOLVED);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_uint_eq(hosts[0].address_count, 1);
    ck_assert_uint_eq(hosts[0].addresses[0].s_addr, htonl(0xC0000201));
    ck_assert_int_eq(fake_dns_elapsed(dns), 0);
    ck_assert_uint_eq(fake_dns_count(dns), 1);
    ck_assert_uint_eq(seen.retrying, 0);
    ck_assert_uint_eq(seen.settled, 1);
}
END_TEST

START_TEST(silence_costs_four_attempts_at_exact_instants)
{
    static const int64_t begun[] = {0, 2100, 4400, 7300};
    static const int64_t asked[] = {0, 300, 900};
    static const unsigned pauses[] = {100, 300, 900};

    resolve_one(&defaults, "dead.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_ANSWER);
    ck_assert_uint_eq(hosts[0].attempts, 4);
    ck_assert_uint_eq(fake_dns_count(dns), 12);
    for (size_t i = 0; i < 12; i++) {
        ck_assert_int_eq(fake_dns_nth(dns, "dead.test", i)->at_ms, begun[i / 3] + asked[i % 3]);
    }
    ck_assert_uint_eq(seen.retrying, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(seen.delays[i], pauses[i]);
        ck_assert_int_eq(seen.retried_at[i], begun[i] + 2000);
    }
    ck_assert_int_eq(seen.settled_at, 9300);
    ck_assert_int_eq(fake_dns_elapsed(dns), 9300);
    ck_assert_uint_eq(hosts[0].elapsed_ms, 9300);
    ck_assert_str_eq(explain(&defaults), "no answer after 4 attempts");
}
END_TEST

START_TEST(lost_question_is_asked_again_within_the_attempt)
{
    resolve_one(&defaults, "lose1-a.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_RESOLVED);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_uint_eq(seen.retrying, 0);
    ck_assert_int_eq(fake_dns_elapsed(dns), 300);
}
END_TEST

START_TEST(host_that_answers_in_the_third_attempt_is_resolved)
{
    resolve_one(&defaults, "lose6-a.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_RESOLVED);
    ck_assert_uint_eq(hosts[0].attempts, 3);
    ck_assert_uint_eq(seen.retrying, 2);
    ck_assert_int_eq(seen.failed_with, RESOLVER_NO_ANSWER);
    ck_assert_int_eq(fake_dns_elapsed(dns), 4400);
    ck_assert_uint_eq(hosts[0].elapsed_ms, 4400);
}
END_TEST

START_TEST(answer_just_before_the_deadline_counts)
{
    resolve_one(&defaults, "slow1990-a.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_RESOLVED);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_int_eq(fake_dns_elapsed(dns), 1990);
}
END_TEST

/* Whatever attempt asked for it. */
static const struct {
    const char *name;
    int64_t at_ms;
    unsigned attempts;
} late_answers[] = {
    {"slow2050-a.test", 2050, 1}, /* in the first pause */
    {"slow2500-a.test", 2500, 2},
    {"slow9200-a.test", 9200, 4},
};

START_TEST(answer_counts_however_late_it_comes)
{
    resolve_one(&defaults, late_answers[_i].name);
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_RESOLVED);
    ck_assert_uint_eq(hosts[0].attempts, late_answers[_i].attempts);
    ck_assert_int_eq(fake_dns_elapsed(dns), late_answers[_i].at_ms);
}
END_TEST

START_TEST(answer_after_the_last_attempt_is_not_waited_for)
{
    resolve_one(&defaults, "slow9400-a.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_ANSWER);
    ck_assert_uint_eq(hosts[0].attempts, 4);
    ck_assert_int_eq(fake_dns_elapsed(dns), 9300);
}
END_TEST

START_TEST(last_attempt_waits_as_long_as_resolv_conf_says)
{
    private_net_write("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:10\n");
    resolve_one(&defaults, "slow12000-a.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_RESOLVED);
    ck_assert_int_eq(fake_dns_elapsed(dns), 12000);
}
END_TEST

/* When each of three silent nameservers is asked first. */
static const struct {
    unsigned hedge_ms;
    int64_t first_ms[FAKE_DNS_SERVERS];
} hedges[] = {
    {0, {0, 0, 0}},
    {50, {0, 50, 100}},
    {200, {0, 200, 400}},
    {2000, {0, 666, 1333}}, /* each has its turn within the 2 s of the attempt */
};

START_TEST(next_nameserver_joins_a_silent_one)
{
    static const enum fake_dns_mode silent[FAKE_DNS_SERVERS] = {FAKE_DNS_SILENT, FAKE_DNS_SILENT,
                                                                FAKE_DNS_SILENT};
    struct resolver_options options = defaults;
    size_t count[FAKE_DNS_SERVERS] = {0};

    options.hedge_ms = hedges[_i].hedge_ms;
    options.attempts = 1;
    private_net_write("/etc/resolv.conf",
                      "nameserver 127.0.0.1\nnameserver 127.0.0.2\nnameserver 127.0.0.3\n");
    fake_dns_stop(dns);
    dns = fake_dns_start(true, silent);
    resolve_one(&options, "ok-a.test");
    for (size_t i = 0; i < fake_dns_count(dns); i++) {
        const struct fake_dns_query *query = fake_dns_nth(dns, NULL, i);

        if (count[query->server]++ == 0) {
            ck_assert_int_eq(query->at_ms, hedges[_i].first_ms[query->server]);
        }
    }
    for (size_t i = 0; i < FAKE_DNS_SERVERS; i++) {
        ck_assert_uint_ge(count[i], 1);
        ck_assert_uint_le(count[i], 3);
    }
    ck_assert_int_eq(fake_dns_elapsed(dns), 2000);
}
END_TEST

struct retried {
    const char *name;
    enum resolver_outcome outcome;
    size_t a_queries;
    size_t aaaa_queries;
    const char *text;
};

static const struct retried retried_at_once[] = {
    {"nx.test", RESOLVER_NO_SUCH_HOST, 4, 0, "no such host (NXDOMAIN) after 4 attempts"},
    {"sf.test", RESOLVER_SERVER_ERROR, 4, 0, "server failure (SERVFAIL) after 4 attempts"},
    {"rf.test", RESOLVER_REFUSED, 4, 0, "refused by the nameserver (REFUSED) after 4 attempts"},
    /* Once more, without EDNS. */
    {"ni.test", RESOLVER_BAD_ANSWER, 5, 0,
     "an unusable answer from the nameserver after 4 attempts"},
    {"none.test", RESOLVER_NO_ADDRESS, 4, 4, "no IPv4 address after 4 attempts"},
    {"sfv6.test", RESOLVER_NO_ADDRESS, 4, 4, "no IPv4 address after 4 attempts"},
    {"bare.test", RESOLVER_NO_ADDRESS, 4, 4, "no IPv4 address after 4 attempts"},
    {"sink.test", RESOLVER_SINKHOLED, 4, 0,
     "answered 0.0.0.0 (sinkholed upstream) after 4 attempts"},
};

START_TEST(failing_answer_is_retried_after_the_pauses_alone)
{
    const struct retried *expected = &retried_at_once[_i];

    resolve_one(&defaults, expected->name);
    ck_assert_int_eq(hosts[0].outcome, expected->outcome);
    ck_assert_uint_eq(hosts[0].attempts, 4);
    ck_assert_ptr_null(hosts[0].addresses);
    ck_assert_uint_eq(fake_dns_count_of(dns, expected->name, TYPE_A), expected->a_queries);
    ck_assert_uint_eq(fake_dns_count_of(dns, expected->name, TYPE_AAAA), expected->aaaa_queries);
    ck_assert_int_eq(fake_dns_elapsed(dns), 1300);
    ck_assert_str_eq(explain(&defaults), expected->text);
}
END_TEST

START_TEST(servfail_that_heals_is_resolved)
{
    resolve_one(&defaults, "sf2-a.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_RESOLVED);
    ck_assert_uint_eq(hosts[0].attempts, 3);
    ck_assert_int_eq(seen.failed_with, RESOLVER_SERVER_ERROR);
    ck_assert_int_eq(fake_dns_elapsed(dns), 400);
}
END_TEST

START_TEST(ipv6_only_is_final_at_the_first_attempt)
{
    resolve_one(&defaults, "v6.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_IPV6_ONLY);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_uint_eq(fake_dns_count(dns), 2);
    ck_assert_uint_eq(seen.retrying, 0);
    ck_assert_str_eq(explain(&defaults), "only IPv6 addresses; the guest network is IPv4");
}
END_TEST

START_TEST(lost_aaaa_never_makes_a_host_ipv6_only)
{
    resolve_one(&defaults, "lostv6.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_ADDRESS);
    ck_assert_uint_eq(hosts[0].attempts, 4);
    ck_assert_int_eq(fake_dns_elapsed(dns), 9300);
}
END_TEST

START_TEST(lost_a_is_no_answer_and_aaaa_is_not_asked)
{
    resolve_one(&defaults, "dead.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_ANSWER);
    ck_assert_uint_eq(fake_dns_count_of(dns, NULL, TYPE_AAAA), 0);
}
END_TEST

START_TEST(dead_hosts_wait_together)
{
    static const char *const names[] = {"dead.a.test", "dead.b.test", "dead.c.test", "dead.d.test",
                                        "dead.e.test", "dead.f.test", "dead.g.test", "dead.h.test",
                                        "dead.i.test", "dead.j.test"};

    resolve(&defaults, names, 10);
    for (size_t i = 0; i < 10; i++) {
        ck_assert_int_eq(hosts[i].outcome, RESOLVER_NO_ANSWER);
        ck_assert_uint_eq(hosts[i].attempts, 4);
    }
    ck_assert_int_eq(fake_dns_elapsed(dns), 9300);
    ck_assert_uint_eq(fake_dns_count(dns), 120);
}
END_TEST

START_TEST(one_bad_host_does_not_hold_up_the_others)
{
    static const char *const names[] = {"ok1-a.test", "nx.test", "ok3-a.test"};

    resolve(&defaults, names, 3);
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_RESOLVED);
    ck_assert_uint_eq(hosts[0].addresses[0].s_addr, htonl(0xC0000201));
    ck_assert_int_eq(hosts[1].outcome, RESOLVER_NO_SUCH_HOST);
    ck_assert_int_eq(hosts[2].outcome, RESOLVER_RESOLVED);
    ck_assert_uint_eq(hosts[2].addresses[0].s_addr, htonl(0xC0000203));
    ck_assert_uint_eq(hosts[0].attempts + hosts[2].attempts, 2);
}
END_TEST

START_TEST(budget_cuts_an_attempt_and_says_so)
{
    struct resolver_options options = defaults;

    options.budget_ms = 3500;
    resolve_one(&options, "dead.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_ANSWER);
    ck_assert_uint_eq(hosts[0].attempts, 2);
    ck_assert(hosts[0].out_of_budget);
    ck_assert_int_eq(fake_dns_elapsed(dns), 3500);
    ck_assert_str_eq(explain(&options),
                     "no answer after 2 attempts, then the budget of 3.5 s was used up");
}
END_TEST

START_TEST(pause_beyond_the_budget_is_not_waited_for)
{
    struct resolver_options options = defaults;

    options.budget_ms = 2050;
    resolve_one(&options, "dead.test");
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert(hosts[0].out_of_budget);
    ck_assert_int_eq(fake_dns_elapsed(dns), 2000);
    ck_assert_str_eq(explain(&options),
                     "no answer after 1 attempt, then the budget of 2.05 s was used up");
}
END_TEST

START_TEST(host_without_a_turn_is_untried)
{
    static const char *const names[] = {"dead.test", "ok-a.test"};
    struct resolver_options options = defaults;
    char text[64];

    options.window = 1;
    options.budget_ms = 1500;
    resolve(&options, names, 2);
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_ANSWER);
    ck_assert(hosts[0].out_of_budget);
    ck_assert_int_eq(hosts[1].outcome, RESOLVER_UNTRIED);
    ck_assert_uint_eq(hosts[1].attempts, 0);
    ck_assert_int_eq(fake_dns_elapsed(dns), 1500);
    resolver_explain(&options, &hosts[1], text, sizeof(text));
    ck_assert_str_eq(text, "budget of 1.5 s used up");
}
END_TEST

START_TEST(no_budget_means_no_end)
{
    struct resolver_options options = defaults;

    options.budget_ms = 0;
    options.attempts = 10;
    options.timeout_ms = 30000;
    options.backoff_factor = 1;
    resolve_one(&options, "dead.test");
    ck_assert_uint_eq(hosts[0].attempts, 10);
    ck_assert(!hosts[0].out_of_budget);
    ck_assert_int_eq(fake_dns_elapsed(dns), 10 * 30000 + 9 * 100);
}
END_TEST

START_TEST(window_limits_what_is_in_flight)
{
    static const char *const names[] = {"slow100-a.test", "slow100-b.test", "slow100-c.test",
                                        "slow100-d.test", "slow100-e.test"};
    struct resolver_options options = defaults;

    options.window = 2;
    resolve(&options, names, 5);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(hosts[i].outcome, RESOLVER_RESOLVED);
        ck_assert_int_eq(fake_dns_nth(dns, names[i], 0)->at_ms, (int64_t)(i / 2) * 100);
    }
    ck_assert_int_eq(fake_dns_elapsed(dns), 300);
}
END_TEST

START_TEST(hosts_beyond_a_wide_window_follow_in_groups)
{
    static char names[500][32];
    const char *pointers[500];

    for (size_t i = 0; i < 500; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "slow%u-%u.test", 20U + (unsigned)(i % 7),
                       (unsigned)i);
        pointers[i] = names[i];
    }
    resolve(&defaults, pointers, 500);
    for (size_t i = 0; i < 500; i++) {
        ck_assert_int_eq(hosts[i].outcome, RESOLVER_RESOLVED);
        ck_assert_uint_eq(hosts[i].attempts, 1);
    }
    ck_assert_uint_eq(fake_dns_count(dns), 500);
    ck_assert_int_le(fake_dns_elapsed(dns), 26 + 2 + 26);
}
END_TEST

START_TEST(no_pause_retries_at_once)
{
    struct resolver_options options = defaults;

    options.backoff_ms = 0;
    resolve_one(&options, "nx.test");
    ck_assert_uint_eq(hosts[0].attempts, 4);
    ck_assert_int_eq(fake_dns_elapsed(dns), 0);
    ck_assert_str_eq(explain(&options), "no such host (NXDOMAIN) after 4 attempts");
}
END_TEST

START_TEST(single_attempt_is_final)
{
    struct resolver_options options = defaults;

    options.attempts = 1;
    resolve_one(&options, "nx.test");
    ck_assert_uint_eq(seen.retrying, 0);
    ck_assert_str_eq(explain(&options), "no such host (NXDOMAIN) after 1 attempt");
}
END_TEST

static void cancel(void *unused)
{
    (void)unused;
    resolver_cancel_all();
}

START_TEST(cancel_ends_a_hanging_lookup)
{
    fake_dns_at(dns, 700, cancel, NULL);
    resolve_one(&defaults, "dead.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_CANCELLED);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_uint_eq(seen.settled, 1);
    ck_assert_int_ge(fake_dns_elapsed(dns), 700);
    ck_assert_int_le(fake_dns_elapsed(dns), 750);
    ck_assert_str_eq(explain(&defaults), "cancelled");
}
END_TEST

START_TEST(cancel_ends_a_pause)
{
    struct resolver_options options = defaults;

    options.backoff_ms = 5000;
    fake_dns_at(dns, 1234, cancel, NULL);
    resolve_one(&options, "nx.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_CANCELLED);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_int_le(fake_dns_elapsed(dns), 1284);
}
END_TEST

START_TEST(cancel_before_the_run_does_not_count)
{
    resolver_cancel_all();
    resolve_one(&defaults, "ok-a.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_RESOLVED);
}
END_TEST

START_TEST(cancelled_run_keeps_what_it_had)
{
    static const char *const names[] = {"ok-a.test", "dead.test"};

    fake_dns_at(dns, 100, cancel, NULL);
    resolve(&defaults, names, 2);
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_RESOLVED);
    ck_assert_int_eq(hosts[1].outcome, RESOLVER_CANCELLED);
}
END_TEST

START_TEST(errno_is_left_alone)
{
    errno = EXDEV;
    resolve_one(&defaults, "nx.test");
    ck_assert_int_eq(errno, EXDEV);
}
END_TEST

START_TEST(no_hosts_are_no_work)
{
    resolver_run(&defaults, hosts, 0, &observer, fake_dns_clock(dns));
    ck_assert_uint_eq(seen.settled, 0);
    ck_assert_uint_eq(fake_dns_count(dns), 0);
}
END_TEST

START_TEST(explanation_is_cut_to_the_buffer)
{
    char small[8];

    resolve_one(&defaults, "nx.test");
    resolver_explain(&defaults, &hosts[0], small, sizeof(small));
    ck_assert_str_eq(small, "no such");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("schedule");

    private_net_enter();
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, first_answer_settles_the_host);
    tcase_add_test(cases, silence_costs_four_attempts_at_exact_instants);
    tcase_add_test(cases, lost_question_is_asked_again_within_the_attempt);
    tcase_add_test(cases, host_that_answers_in_the_third_attempt_is_resolved);
    tcase_add_test(cases, answer_just_before_the_deadline_counts);
    tcase_add_loop_test(cases, answer_counts_however_late_it_comes, 0, 3);
    tcase_add_test(cases, answer_after_the_last_attempt_is_not_waited_for);
    tcase_add_test(cases, last_attempt_waits_as_long_as_resolv_conf_says);
    tcase_add_loop_test(cases, next_nameserver_joins_a_silent_one, 0,
                        sizeof(hedges) / sizeof(hedges[0]));
    tcase_add_loop_test(cases, failing_answer_is_retried_after_the_pauses_alone, 0,
                        (int)(sizeof(retried_at_once) / sizeof(retried_at_once[0])));
    tcase_add_test(cases, servfail_that_heals_is_resolved);
    tcase_add_test(cases, ipv6_only_is_final_at_the_first_attempt);
    tcase_add_test(cases, lost_aaaa_never_makes_a_host_ipv6_only);
    tcase_add_test(cases, lost_a_is_no_answer_and_aaaa_is_not_asked);
    tcase_add_test(cases, dead_hosts_wait_together);
    tcase_add_test(cases, one_bad_host_does_not_hold_up_the_others);
    tcase_add_test(cases, budget_cuts_an_attempt_and_says_so);
    tcase_add_test(cases, pause_beyond_the_budget_is_not_waited_for);
    tcase_add_test(cases, host_without_a_turn_is_untried);
    tcase_add_test(cases, no_budget_means_no_end);
    tcase_add_test(cases, window_limits_what_is_in_flight);
    tcase_add_test(cases, hosts_beyond_a_wide_window_follow_in_groups);
    tcase_add_test(cases, no_pause_retries_at_once);
    tcase_add_test(cases, single_attempt_is_final);
    tcase_add_test(cases, cancel_ends_a_hanging_lookup);
    tcase_add_test(cases, cancel_ends_a_pause);
    tcase_add_test(cases, cancel_before_the_run_does_not_count);
    tcase_add_test(cases, cancelled_run_keeps_what_it_had);
    tcase_add_test(cases, errno_is_left_alone);
    tcase_add_test(cases, no_hosts_are_no_work);
    tcase_add_test(cases, explanation_is_cut_to_the_buffer);
    return run_cases("schedule", cases);
}
