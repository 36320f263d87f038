/*
 * The decision while memory is short: the n-th allocation fails, once or from then on, for every n.
 * The verdict must be the one that it is with memory, or a refusal with a text, and nothing is
 * left.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/plan/plan.h"
#include "tests/support/decide.h"
#include "tests/support/failing_alloc.h"
#include "tests/unit/run.h"

static struct settings settings;

/* Two addresses for every name but "dead...", as far as memory goes. */
static void lookup(void *context, const struct resolver_options *options,
                   struct resolver_host *hosts, size_t count,
                   const struct resolver_observer *observer)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct resolver_host *host = &hosts[i];

        host->attempts = options->attempts;
        host->outcome = RESOLVER_NO_ANSWER;
        if (strncmp(host->name, "dead", 4) != 0) {
            host->addresses = calloc(2, sizeof(*host->addresses));
            host->outcome = host->addresses == NULL ? RESOLVER_NO_MEMORY : RESOLVER_RESOLVED;
        }
        if (host->addresses != NULL) {
            host->address_count = 2;
            host->addresses[0].s_addr = htonl(0xc0000201 + (unsigned)i);
            host->addresses[1].s_addr = htonl(0xc6336401);
        }
        observer->settled(observer->context, host);
    }
}

static void drop(void *context, enum log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

#define CONFIG(before, rules)                                                                      \
    "{" before "\"dns_zones\":[{\"name\":\"boxlite.internal.\",\"records\":[{\"name\":\"host\","   \
    "\"ip\":\"192.168.127.254\"}],\"default_ip\":\"\"}],\"allow_net\":[" rules "]}"
#define HOST_IP "\"host_ip\":\"192.168.127.254\","

static const struct {
    const char *json;
    enum plan_verdict verdict;
} cases[] = {
    {CONFIG(HOST_IP, "\"api.example\",\"*.wild.example.\",\"GitHub.com:443\",\"db\",\"10.0.0.0/8\","
                     "\"host.boxlite.internal\",\"a.b.c.d.example\""),
     PLAN_REWRITTEN},
    {CONFIG(HOST_IP, "\"https://api.example/\",\"*x.example\",\"api.example\""), PLAN_REFUSED},
    {CONFIG(HOST_IP, "\"dead1.example\",\"api.example\",\"*.dead2.example\""), PLAN_REFUSED},
    {CONFIG(HOST_IP "\"allow_net\":[],", "\"api.example\""), PLAN_REFUSED},
    /* 0.8.x: rules that it can serve, and some that it cannot. */
    {CONFIG("", "\"api.example\""), PLAN_UNCHANGED},
    {CONFIG("", "\"api.example\",\"*.wild.example\",\"example\""), PLAN_REFUSED},
};

struct seen {
    enum plan_verdict verdict;
    bool right; /* as without a failure, to the byte */
    bool told;
};

/* Asserts nothing, since Check allocates too. */
static struct seen decide(const char *json, const char *expected)
{
    static const struct log quiet = {.threshold = LOG_LEVEL_TRACE, .sink = drop};
    struct seen seen = {0};
    struct answers answers = {0};
    struct plan plan;
    const char *text;

    plan_read(json, strlen(json), &settings, &quiet, &plan);
    if (plan.in_scope) {
        decide_with(&plan, lookup, &answers);
    }
    text = plan.verdict == PLAN_REWRITTEN ? plan.json : plan.refusal;
    seen.verdict = plan.verdict;
    seen.told = plan.verdict != PLAN_REFUSED ||
                (plan.refusal != NULL && strncmp(plan.refusal, "allowNet: ", 10) == 0);
    seen.right = text == NULL || (expected != NULL && strcmp(text, expected) == 0);
    plan_clear(&plan);
    answers_clear(&answers);
    return seen;
}

/* The JSON or the text that the case has with memory; the caller's to free. */
static char *expectation(const char *json)
{
    static const struct log quiet = {.threshold = LOG_LEVEL_TRACE, .sink = drop};
    struct answers answers = {0};
    struct plan plan;
    char *text = NULL;

    plan_read(json, strlen(json), &settings, &quiet, &plan);
    if (plan.in_scope) {
        decide_with(&plan, lookup, &answers);
    }
    if (plan.verdict == PLAN_REWRITTEN) {
        text = strdup(plan.json);
    } else if (plan.verdict == PLAN_REFUSED) {
        text = strdup(plan.refusal);
    }
    plan_clear(&plan);
    answers_clear(&answers);
    return text;
}

static void assert_survived(const char *json, const char *expected, enum plan_verdict verdict,
                            size_t nth, bool stays)
{
    struct seen seen;

    if (stays) {
        failing_alloc_start_from(nth);
    } else {
        failing_alloc_start(nth);
    }
    seen = decide(json, expected);
    ck_assert_uint_ge(failing_alloc_stop(), nth); /* it was reached */
    ck_assert_msg(failing_alloc_live() == 0, "allocation %zu: %ld left", nth, failing_alloc_live());
    ck_assert_msg(seen.told, "allocation %zu: refused without a text", nth);
    if (seen.verdict != PLAN_REFUSED) {
        ck_assert_msg(seen.verdict == verdict && seen.right, "allocation %zu: verdict %d", nth,
                      seen.verdict);
    }
}

static void set_up(void)
{
    char *nothing[] = {NULL};

    settings_read(nothing, &settings);
}

START_TEST(any_allocation_may_fail)
{
    const char *json = cases[_i].json;
    char *expected = expectation(json);
    struct seen seen;
    size_t total;

    failing_alloc_start(0);
    seen = decide(json, expected);
    total = failing_alloc_stop();
    ck_assert_int_eq(seen.verdict, cases[_i].verdict);
    ck_assert(seen.right && seen.told);
    ck_assert_int_eq(failing_alloc_live(), 0);
    ck_assert_uint_ge(total, 3);
    for (size_t nth = 1; nth <= total; nth++) {
        assert_survived(json, expected, cases[_i].verdict, nth, false);
        assert_survived(json, expected, cases[_i].verdict, nth, true);
    }
    free(expected);
}
END_TEST

START_TEST(while_observing_nothing_is_ever_changed)
{
    const char *json = cases[_i].json;
    char *nothing[] = {"BOXLITE_ALLOWNET=observe", NULL};
    size_t asked = 0;

    settings_read(nothing, &settings);
    for (size_t nth = 1; asked + 1 >= nth; nth++) {
        struct seen seen;

        failing_alloc_start(nth);
        seen = decide(json, NULL);
        asked = failing_alloc_stop();
        ck_assert_int_eq(failing_alloc_live(), 0);
        ck_assert_msg(seen.verdict == PLAN_UNCHANGED, "allocation %zu: verdict %d", nth,
                      seen.verdict);
    }
    ck_assert_uint_ge(asked, 3);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("plan memory");
    const int count = sizeof(cases) / sizeof(cases[0]);

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_loop_test(tests, any_allocation_may_fail, 0, count);
    tcase_add_loop_test(tests, while_observing_nothing_is_ever_changed, 0, count);
    return run_cases("plan memory", tests);
}
