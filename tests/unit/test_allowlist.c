/*
 * The rules together: which hosts they need, and what a 0.8.x bridge cannot serve.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/run.h"
#include "zones/allowlist.h"
#include "zones/config.h"

static struct config config;
static struct allowlist list;

static void read_list(const char *json, bool use_configured)
{
    const char *duplicate = NULL;

    ck_assert_int_eq(config_parse(json, strlen(json), &config, &duplicate), CONFIG_OK);
    ck_assert_int_eq(allowlist_read(&config, use_configured, &list), 0);
}

static void teardown(void)
{
    allowlist_clear(&list);
    config_clear(&config);
}

START_TEST(every_entry_has_its_rule_in_order)
{
    read_list("{\"allow_net\":[\"b.com\",\"\",\"10.0.0.0/8\",\"https://x\",\"*.a.com\"]}", true);
    ck_assert_uint_eq(list.rule_count, 5);
    ck_assert_int_eq(list.rules[0].rule.kind, RULE_EXACT);
    ck_assert_int_eq(list.rules[1].rule.kind, RULE_EMPTY);
    ck_assert_int_eq(list.rules[2].rule.kind, RULE_ADDRESS);
    ck_assert_int_eq(list.rules[3].rule.kind, RULE_BAD);
    ck_assert_int_eq(list.rules[4].rule.kind, RULE_WILDCARD);
    ck_assert_uint_eq(list.bad_count, 1);
    ck_assert_uint_eq(list.hostname_count, 2);
    ck_assert_uint_eq(list.host_count, 2);
    ck_assert_str_eq(list.hosts[list.rules[0].host].name, "b.com");
    ck_assert_str_eq(list.hosts[list.rules[4].host].name, "a.com");
}
END_TEST

START_TEST(duplicates_are_one_host)
{
    read_list("{\"allow_net\":[\"a.com\",\"A.com:443\",\"*.a.com\",\"a.com.\",\"b.com\"]}", true);
    ck_assert_uint_eq(list.hostname_count, 5);
    ck_assert_uint_eq(list.host_count, 2);
    ck_assert_str_eq(list.hosts[0].name, "a.com");
    ck_assert(list.hosts[0].exact);
    ck_assert(list.hosts[0].wildcard);
    ck_assert(list.hosts[1].exact);
    ck_assert(!list.hosts[1].wildcard);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(list.rules[i].host, 0);
    }
}
END_TEST

START_TEST(no_rules_need_no_hosts)
{
    read_list("{}", true);
    ck_assert_uint_eq(list.rule_count, 0);
    ck_assert_uint_eq(list.host_count, 0);
    teardown();
    read_list("{\"allow_net\":[\"1.2.3.4\",\"::/0\",\" \"]}", true);
    ck_assert_uint_eq(list.rule_count, 3);
    ck_assert_uint_eq(list.hostname_count, 0);
    ck_assert_uint_eq(list.host_count, 0);
}
END_TEST

/* The address of the only rule's host, as the configuration settles it; "" where it does not. */
static const char *settled(const char *rule, const char *zones)
{
    static char ip[INET_ADDRSTRLEN];
    char json[1000];

    (void)snprintf(json, sizeof(json), "{\"allow_net\":[\"%s\"],\"dns_zones\":%s}", rule, zones);
    read_list(json, true);
    ip[0] = '\0';
    if (list.hosts[0].configured) {
        ck_assert(list.hosts[0].answered);
        ck_assert_ptr_null(list.hosts[0].unusable);
        (void)inet_ntop(AF_INET, &list.hosts[0].address, ip, sizeof(ip));
    } else {
        ck_assert(!list.hosts[0].answered);
    }
    teardown();
    return ip;
}

#define ZONE(name, records) "{\"name\":\"" name "\",\"records\":[" records "]}"
#define RECORD(name, ip)    "{\"name\":\"" name "\",\"ip\":\"" ip "\"}"

START_TEST(configured_record_settles_its_host)
{
    static const struct {
        const char *rule;
        const char *zones;
        const char *ip;
    } cases[] = {
        {"host.boxlite.internal",
         "[" ZONE("boxlite.internal.", RECORD("host", "192.168.127.254")) "]", "192.168.127.254"},
        {"HOST.boxlite.internal.:80", "[" ZONE("boxlite.internal.", RECORD("host", "1.1.1.1")) "]",
         "1.1.1.1"},
        {"*.boxlite.internal", "[" ZONE("internal.", RECORD("boxlite", "1.1.1.1")) "]", "1.1.1.1"},
        {"a.b.c", "[" ZONE("c.", RECORD("a.b", "1.1.1.1")) "]", "1.1.1.1"},
        {"a.b", "[" ZONE("", RECORD("a.b", "1.1.1.1")) "]", "1.1.1.1"},
        {"db", "[" ZONE("", RECORD("db", "1.1.1.1")) "]", "1.1.1.1"},
        {"a.c", "[" ZONE("c.", RECORD("a", "::ffff:1.1.1.1")) "]", "1.1.1.1"},
        /* the longest zone answers; in it the first record; of two zones of a name the first */
        {"a.b.c",
         "[" ZONE("c.", RECORD("a.b", "1.1.1.1")) "," ZONE("b.c.", RECORD("a", "2.2.2.2")) "]",
         "2.2.2.2"},
        {"a.b.c",
         "[" ZONE("b.c.", RECORD("a", "2.2.2.2")) "," ZONE("c.", RECORD("a.b", "1.1.1.1")) "]",
         "2.2.2.2"},
        {"a.c", "[" ZONE("c.", RECORD("a", "1.1.1.1") "," RECORD("a", "2.2.2.2")) "]", "1.1.1.1"},
        {"a.c", "[" ZONE("c.", RECORD("a", "1.1.1.1")) "," ZONE("c.", RECORD("a", "2.2.2.2")) "]",
         "1.1.1.1"},
        /* bytes that the matcher never finds */
        {"a.c", "[" ZONE("c", RECORD("a", "1.1.1.1")) "]", ""},
        {"a", "[" ZONE(".", RECORD("a", "1.1.1.1")) "]", ""},
        {"a.c", "[" ZONE("C.", RECORD("a", "1.1.1.1")) "]", ""},
        {"A.c", "[" ZONE("c.", RECORD("A", "1.1.1.1")) "]", ""},
        {"c", "[" ZONE("c.", RECORD("", "1.1.1.1")) "]", ""},
        {"b.c", "[" ZONE("c.", RECORD("a.b", "1.1.1.1")) "]", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_str_eq(settled(cases[i].rule, cases[i].zones), cases[i].ip);
    }
}
END_TEST

START_TEST(configured_record_without_address_is_told)
{
    static const char *const texts[] = {"", "::1", "01.2.3.4", "nonsense"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char json[300];

        (void)snprintf(json, sizeof(json),
                       "{\"allow_net\":[\"a.c\"],\"dns_zones\":[{\"name\":\"c.\",\"records\":["
                       "{\"name\":\"a\",\"ip\":\"%s\"}]}]}",
                       texts[i]);
        read_list(json, true);
        ck_assert(list.hosts[0].configured);
        ck_assert(!list.hosts[0].answered);
        ck_assert_str_eq(list.hosts[0].unusable, texts[i]);
        teardown();
    }
}
END_TEST

START_TEST(configured_records_count_only_where_asked_for)
{
    read_list("{\"allow_net\":[\"a.c\"],\"dns_zones\":[" ZONE("c.", RECORD("a", "1.1.1.1")) "]}",
              false);
    ck_assert(!list.hosts[0].configured);
    ck_assert(!list.hosts[0].answered);
}
END_TEST

/* --- 0.8.x --- */

static const struct {
    const char *rules;
    const char *fault; /* NULL: can be served */
} legacy[] = {
    {"", NULL},
    {"\"10.0.0.0/8\",\"\"", NULL},
    {"\"github.com\",\"example.org\"", NULL},
    {"\"github.com\",\"gitlab.com:443\",\"github.com\"", NULL},
    {"\"a.example.com\",\"b.example.com\"", NULL},
    {"\"example.com\",\"com.example\"", NULL},
    {"\"github.com\",\"iapi.sample.com\"",
     "rules \"github.com\" and \"iapi.sample.com\" shadow each other"},
    {"\"iapi.sample.com\",\"github.com:443\"",
     "rules \"github.com:443\" and \"iapi.sample.com\" shadow each other"},
    {"\"example.com\",\"api.example.com\"",
     "rules \"example.com\" and \"api.example.com\" shadow each other"},
    {"\"x.com\",\"y.com\",\"a.b.com\",\"a.b.com\"",
     "rules \"x.com\" and \"a.b.com\" shadow each other"},
    {"\"x.com\",\"y.b.com\",\"z.a.b.com\"",
     "rules \"x.com\" and \"y.b.com\" shadow each other; "
     "rules \"y.b.com\" and \"z.a.b.com\" shadow each other; "
     "rules \"x.com\" and \"z.a.b.com\" shadow each other"},
    {"\"*.example.org\"", "rule \"*.example.org\" is a wildcard"},
    {"\"db\"", "rule \"db\" is a single label"},
    {"\"GitHub.com\"", "rule \"GitHub.com\" has upper case"},
    {"\"github.com.\"", "rule \"github.com.\" ends in a dot"},
    {"\"Db.\",\"*.X\"", "rule \"Db.\" is a single label; rule \"Db.\" has upper case; "
                        "rule \"Db.\" ends in a dot; rule \"*.X\" is a wildcard"},
};

START_TEST(fault_of_0_8_names_the_rules)
{
    char json[1000];
    char *why = NULL;

    (void)snprintf(json, sizeof(json), "{\"allow_net\":[%s]}", legacy[_i].rules);
    read_list(json, false);
    ck_assert_int_eq(allowlist_legacy_fault(&list, &why), 0);
    ck_assert_pstr_eq(why, legacy[_i].fault);
    free(why);
}
END_TEST

START_TEST(twenty_faults_are_named_and_the_rest_counted)
{
    char json[2000] = "{\"allow_net\":[";
    char *why = NULL;

    for (int i = 0; i < 23; i++) {
        size_t length = strlen(json);

        (void)snprintf(json + length, sizeof(json) - length, "%s\"*.d%d.com\"", i == 0 ? "" : ",",
                       i);
    }
    strcat(json, "]}");
    read_list(json, false);
    ck_assert_int_eq(allowlist_legacy_fault(&list, &why), 0);
    ck_assert_ptr_nonnull(strstr(why, "\"*.d19.com\""));
    ck_assert_ptr_null(strstr(why, "\"*.d20.com\""));
    ck_assert_ptr_nonnull(strstr(why, "is a wildcard; and 3 more"));
    free(why);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("allowlist");

    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_test(cases, every_entry_has_its_rule_in_order);
    tcase_add_test(cases, duplicates_are_one_host);
    tcase_add_test(cases, no_rules_need_no_hosts);
    tcase_add_test(cases, configured_record_settles_its_host);
    tcase_add_test(cases, configured_record_without_address_is_told);
    tcase_add_test(cases, configured_records_count_only_where_asked_for);
    tcase_add_loop_test(cases, fault_of_0_8_names_the_rules, 0,
                        (int)(sizeof(legacy) / sizeof(legacy[0])));
    tcase_add_test(cases, twenty_faults_are_named_and_the_rest_counted);
    return run_cases("allowlist", cases);
}
