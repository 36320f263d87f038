/*
 * Memory: every single allocation may fail, and none is left behind.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/failing_alloc.h"
#include "tests/unit/run.h"
#include "zones/allowlist.h"
#include "zones/config.h"
#include "zones/zones.h"

/* Something of everything; more than 320 names, so that the hash tables grow on the way. */
static const char *const guest_search[] = {"localdomain", NULL};

static char *make_json(void)
{
    static const char head[] =
        "{\"mtu\":1500,\"dns_search_domains\":[\"local\",\"z1.org\"],\"dns_zones\":[{\"name\":"
        "\"boxlite.internal.\",\"records\":[{\"name\":"
        "\"host\","
        "\"ip\":\"192.168.127.254\"},{\"name\":\"a.b\",\"ip\":\"1.1.1.1\"},null],\"default_ip\":"
        "\"\"},"
        "null,{\"name\":\"com.\",\"records\":[{\"name\":\"a.b\",\"ip\":\"1.1.1.1\"}]},"
        "{\"name\":\"b.com.\",\"records\":[{\"name\":\"a\",\"ip\":\"::1\"}]}],\"allow_net\":["
        "\"\",null,\"10.0.0.0/8\",\"https://api.example.com/"
        "\",\"*x.com\",\".a.b\",\"a@b.c\",\"db\","
        "\"GitHub.com:443\",\"*.Sample.com.\",\"x.b.boxlite.internal\",\"Host.boxlite.internal\","
        "\"a.b.com\",\"iapi.sample.com\"";
    size_t room = 20000;
    char *json = malloc(room);
    size_t length = 0;

    ck_assert_ptr_nonnull(json);
    length = (size_t)snprintf(json, room, "%s", head);
    for (int i = 0; i < 350; i++) {
        length += (size_t)snprintf(json + length, room - length, ",\"%sh.z%d.org\"",
                                   i % 5 == 0 ? "*." : "", i);
    }
    (void)snprintf(json + length, room - length, "]}");
    return json;
}

enum outcome {
    DONE,
    SHORT_OF_MEMORY,
    WRONG /* another failure, or something left in what should be empty */
};

/* The whole way. Asserts nothing, since Check allocates too. */
static enum outcome run(const char *json)
{
    struct config config = {0};
    struct allowlist list = {0};
    struct zones zones = {0};
    const char *duplicate = NULL;
    char *array = NULL;
    char *spliced = NULL;
    char *why = NULL;
    size_t length = 0;
    enum outcome outcome = WRONG;
    enum config_status status = config_parse(json, strlen(json), &config, &duplicate);

    if (status != CONFIG_OK) {
        bool empty =
            config.allow_net == NULL && config.zones == NULL && config.search_domains == NULL;

        outcome = status == CONFIG_NOMEM && empty ? SHORT_OF_MEMORY : WRONG;
        goto out;
    }
    if (allowlist_read(&config, true, &list) != 0) {
        outcome = list.rules == NULL && list.hosts == NULL ? SHORT_OF_MEMORY : WRONG;
        goto out;
    }
    if (allowlist_legacy_fault(&list, &why) != 0) {
        outcome = why == NULL ? SHORT_OF_MEMORY : WRONG;
        goto out;
    }
    for (size_t i = 0; i < list.host_count; i++) {
        list.hosts[i].answered = list.hosts[i].answered || !list.hosts[i].configured;
    }
    if (zones_build(&config, &list, guest_search, &zones) != 0) {
        outcome = zones.list == NULL && zones.count == 0 ? SHORT_OF_MEMORY : WRONG;
        goto out;
    }
    outcome = SHORT_OF_MEMORY;
    array = zones_to_json(&zones, &length);
    if (array != NULL) {
        spliced = config_splice(&config, json, strlen(json), array, length, &length);
    }
    if (spliced != NULL) {
        outcome = DONE;
    }
out:
    free(spliced);
    free(array);
    free(why);
    zones_clear(&zones);
    allowlist_clear(&list);
    config_clear(&config);
    return outcome;
}

START_TEST(any_allocation_may_fail)
{
    char *json = make_json();
    size_t total = 0;
    enum outcome outcome = WRONG;

    failing_alloc_start(0);
    outcome = run(json);
    total = failing_alloc_stop();
    ck_assert_int_eq(outcome, DONE);
    ck_assert_int_eq(failing_alloc_live(), 0);
    ck_assert_uint_gt(total, 1000);
    /* Each, or as many as there are to be, over all of the way. */
    for (size_t nth = 1; nth <= total; nth += 1 + total / test_cases(total + 1)) {
        failing_alloc_start(nth);
        outcome = run(json);
        ck_assert_uint_ge(failing_alloc_stop(), nth); /* it was reached */
        ck_assert_msg(outcome == SHORT_OF_MEMORY, "allocation %zu: outcome %d", nth, outcome);
        ck_assert_msg(failing_alloc_live() == 0, "allocation %zu: %ld left", nth,
                      failing_alloc_live());
    }
    free(json);
}
END_TEST

START_TEST(failing_allocator_fails_and_counts)
{
    char *volatile first = NULL;
    char *volatile second = NULL;

    failing_alloc_start(2);
    first = malloc(1);
    second = strdup("x");
    ck_assert_uint_eq(failing_alloc_stop(), 2);
    ck_assert_int_eq(failing_alloc_live(), 1);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(second);
    free(first);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("zones memory");

    tcase_add_test(cases, failing_allocator_fails_and_counts);
    tcase_add_test(cases, any_allocation_may_fail);
    return run_cases("zones memory", cases);
}
