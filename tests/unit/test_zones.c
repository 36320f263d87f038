/*
 * Zones: one test for each sentence of what they are to be. test_matcher.c has the proof that
 * together they mean what the allowlist means.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/run.h"
#include "zones/allowlist.h"
#include "zones/config.h"
#include "zones/zones.h"

static struct config config;
static struct allowlist list;
static struct zones zones;
static char *json;

/* Hosts are answered by number, in the order first named: 10.0.0.1, 10.0.0.2, ...; `unanswered` is
   not. */
static void answer(const char *unanswered)
{
    for (size_t i = 0; i < list.host_count; i++) {
        struct allow_host *host = &list.hosts[i];

        if (!host->configured && strcmp(host->name, unanswered) != 0) {
            host->answered = true;
            host->address.s_addr = htonl(0x0a000001 + (unsigned)i);
        }
    }
}

static const char *build_searched(const char *allow_net, const char *dns_zones,
                                  const char *unanswered, const char *guest, const char *domains)
{
    const char *const search[] = {guest, NULL};
    const char *duplicate = NULL;
    char text[4000];
    size_t length = 0;

    (void)snprintf(text, sizeof(text),
                   "{\"allow_net\":[%s],\"dns_zones\":[%s],\"dns_search_domains\":[%s]}", allow_net,
                   dns_zones, domains);
    ck_assert_int_eq(config_parse(text, strlen(text), &config, &duplicate), CONFIG_OK);
    ck_assert_int_eq(allowlist_read(&config, true, &list), 0);
    ck_assert_uint_eq(list.bad_count, 0);
    answer(unanswered);
    ck_assert_int_eq(zones_build(&config, &list, search, &zones), 0);
    json = zones_to_json(&zones, &length);
    ck_assert_ptr_nonnull(json);
    ck_assert_uint_eq(strlen(json), length);
    return json;
}

static const char *build_with(const char *allow_net, const char *dns_zones, const char *unanswered)
{
    return build_searched(allow_net, dns_zones, unanswered, NULL, "");
}

static const char *build(const char *allow_net, const char *dns_zones)
{
    return build_with(allow_net, dns_zones, "");
}

static void teardown(void)
{
    free(json);
    json = NULL;
    zones_clear(&zones);
    allowlist_clear(&list);
    config_clear(&config);
}

#define ZONE(name, records, default_ip)                                                            \
    "{\"name\":\"" name "\",\"records\":[" records "],\"default_ip\":\"" default_ip "\"}"
#define RECORD(name, ip) "{\"name\":\"" name "\",\"ip\":\"" ip "\"}"
#define ROOT             ZONE("", "", "0.0.0.0")

static const struct {
    const char *sentence;
    const char *allow_net;
    const char *dns_zones;
    const char *expected;
} cases[] = {
    {"an exact name is a record of the zone above it", "\"a.b.c\"", "",
     ZONE("b.c.", RECORD("a", "10.0.0.1"), "0.0.0.0") "," ROOT},
    {"a single label is a record of the root", "\"db\"", "",
     ZONE("", RECORD("db", "10.0.0.1"), "0.0.0.0")},
    {"a wildcard is a zone whose default is its domain's address", "\"*.d.e\"", "",
     ZONE("d.e.", "", "10.0.0.1") "," ROOT},
    {"the root is always there", "\"10.0.0.0/8\"", "", ROOT},
    {"names that share a zone share it", "\"github.com\",\"gitlab.com\"", "",
     ZONE("com.", RECORD("github", "10.0.0.1") "," RECORD("gitlab", "10.0.0.2"),
          "0.0.0.0") "," ROOT},
    {"a longer zone comes first, whatever the order of the rules",
     "\"github.com\",\"iapi.sample.com\"", "",
     ZONE("sample.com.", RECORD("iapi", "10.0.0.2"),
          "0.0.0.0") "," ZONE("com.", RECORD("github", "10.0.0.1"), "0.0.0.0") "," ROOT},
    {"equal lengths are in the order of their bytes", "\"a.zz\",\"a.aa\",\"a.mm\"", "",
     ZONE("aa.", RECORD("a", "10.0.0.2"), "0.0.0.0") "," ZONE(
         "mm.", RECORD("a", "10.0.0.3"), "0.0.0.0") "," ZONE("zz.", RECORD("a", "10.0.0.1"),
                                                             "0.0.0.0") "," ROOT},
    {"a rule given twice makes one record", "\"a.b\",\"a.b:443\",\"a.b.\"", "",
     ZONE("b.", RECORD("a", "10.0.0.1"), "0.0.0.0") "," ROOT},

    {"upper case is there as written too", "\"GitHub.com\"", "",
     ZONE("com.", RECORD("github", "10.0.0.1") "," RECORD("GitHub", "10.0.0.1"),
          "0.0.0.0") "," ROOT},
    {"a zone as written is a zone of its own", "\"API.GitHub.Com\"", "",
     ZONE("GitHub.Com.", RECORD("API", "10.0.0.1"),
          "0.0.0.0") "," ZONE("github.com.", RECORD("api", "10.0.0.1"), "0.0.0.0") "," ROOT},
    {"a wildcard as written is a zone of its own", "\"*.GitHub.com\"", "",
     ZONE("GitHub.com.", "", "10.0.0.1") "," ZONE("github.com.", "", "10.0.0.1") "," ROOT},
    {"a single label as written is in the root", "\"DB\"", "",
     ZONE("", RECORD("db", "10.0.0.1") "," RECORD("DB", "10.0.0.1"), "0.0.0.0")},
    {"two spellings of one host are both there", "\"Ab.c\",\"aB.c\"", "",
     ZONE("c.", RECORD("ab", "10.0.0.1") "," RECORD("Ab", "10.0.0.1") "," RECORD("aB", "10.0.0.1"),
          "0.0.0.0") "," ROOT},

    {"a zone below a wildcard inherits its address", "\"*.d\",\"a.b.c.d\"", "",
     ZONE("b.c.d.", RECORD("a", "10.0.0.2"), "10.0.0.1") "," ZONE("d.", "", "10.0.0.1") "," ROOT},
    {"the nearest wildcard counts", "\"*.d\",\"*.c.d\",\"a.b.c.d\"", "",
     ZONE("b.c.d.", RECORD("a", "10.0.0.3"),
          "10.0.0.2") "," ZONE("c.d.", "", "10.0.0.2") "," ZONE("d.", "", "10.0.0.1") "," ROOT},
    {"an exact name and its siblings' wildcard share a zone", "\"a.d\",\"*.d\"", "",
     ZONE("d.", RECORD("a", "10.0.0.1"), "10.0.0.2") "," ROOT},
    {"a zone as written inherits as its lower-case form does",
     "\"*.github.com\",\"x.API.GitHub.Com\"", "",
     ZONE("API.GitHub.Com.", RECORD("x", "10.0.0.2"),
          "10.0.0.1") "," ZONE("api.github.com.", RECORD("x", "10.0.0.2"),
                               "10.0.0.1") "," ZONE("github.com.", "", "10.0.0.1") "," ROOT},
    {"a configured default is inherited like a wildcard's", "\"a.b.c\"",
     ZONE("c.", "", "203.0.113.1"),
     ZONE("b.c.", RECORD("a", "10.0.0.1"), "203.0.113.1") "," ZONE("c.", "",
                                                                   "203.0.113.1") "," ROOT},
    {"a zone as written inherits from a configured zone so written", "\"a.B.C\"",
     ZONE("C.", "", "203.0.113.1"),
     ZONE("B.C.", RECORD("a", "10.0.0.1"), "203.0.113.1") "," ZONE(
         "b.c.", RECORD("a", "10.0.0.1"), "0.0.0.0") "," ZONE("C.", "", "203.0.113.1") "," ROOT},
    {"a configured zone without default is looked through", "\"*.d\",\"a.b.c.d\"",
     ZONE("c.d.", "", ""),
     ZONE("b.c.d.", RECORD("a", "10.0.0.2"),
          "10.0.0.1") "," ZONE("c.d.", "", "") "," ZONE("d.", "", "10.0.0.1") "," ROOT},
    {"a default that is no address is not inherited", "\"a.b.c\"", ZONE("c.", "", "nonsense"),
     ZONE("b.c.", RECORD("a", "10.0.0.1"), "0.0.0.0") "," ZONE("c.", "", "nonsense") "," ROOT},
    {"the root's default is not inherited", "\"a.b\"", ZONE("", "", "203.0.113.1"),
     ZONE("b.", RECORD("a", "10.0.0.1"), "0.0.0.0") "," ROOT},

    {"configured zones stay", "\"a.b\"",
     ZONE("boxlite.internal.", RECORD("host", "192.168.127.254"), ""),
     ZONE("boxlite.internal.", RECORD("host", "192.168.127.254"),
          "") "," ZONE("b.", RECORD("a", "10.0.0.1"), "0.0.0.0") "," ROOT},
    {"configured zones of one name are merged, the first default kept", "",
     ZONE("c.", RECORD("a", "1.1.1.1"), "203.0.113.1") "," ZONE(
         "c.", RECORD("a", "2.2.2.2") "," RECORD("b", "3.3.3.3"), "203.0.113.2"),
     ZONE("c.", RECORD("a", "1.1.1.1") "," RECORD("b", "3.3.3.3"), "203.0.113.1") "," ROOT},
    {"configured records come before those of rules", "\"a.c\",\"X.c\"",
     ZONE("c.", RECORD("z", "1.1.1.1") "," RECORD("X", "2.2.2.2"), ""),
     ZONE("c.",
          RECORD("z", "1.1.1.1") "," RECORD("X", "2.2.2.2") "," RECORD("a", "10.0.0.1") "," RECORD(
              "x", "10.0.0.2"),
          "") "," ROOT},
    {"a configured zone keeps its default where a wildcard has its name", "\"*.c\"",
     ZONE("c.", "", "203.0.113.1"), ZONE("c.", "", "203.0.113.1") "," ROOT},
    {"a configured root keeps its records, its default is 0.0.0.0", "\"db\"",
     ZONE("", RECORD("x", "1.1.1.1"), "203.0.113.1"),
     ZONE("", RECORD("x", "1.1.1.1") "," RECORD("db", "10.0.0.1"), "0.0.0.0")},
    {"configured zones that match nothing stay as they are", "",
     ZONE("com", RECORD("a.b", "1.1.1.1"), "1.1.1.1") "," ZONE(".", RECORD("b", "2.2.2.2"), ""),
     ZONE("com", RECORD("a.b", "1.1.1.1"), "1.1.1.1") "," ZONE(".", RECORD("b", "2.2.2.2"),
                                                               "") "," ROOT},
    {"a name that a configured record answers needs no record", "\"host.boxlite.internal\"",
     ZONE("boxlite.internal.", RECORD("host", "192.168.127.254"), ""),
     ZONE("boxlite.internal.", RECORD("host", "192.168.127.254"), "") "," ROOT},
    {"nor a zone", "\"a.b.c\"", ZONE("c.", RECORD("a.b", "1.1.1.1"), ""),
     ZONE("c.", RECORD("a.b", "1.1.1.1"), "") "," ROOT},
    {"but its spelling does", "\"Host.boxlite.internal\"",
     ZONE("boxlite.internal.", RECORD("host", "192.168.127.254"), ""),
     ZONE("boxlite.internal.",
          RECORD("host", "192.168.127.254") "," RECORD("Host", "192.168.127.254"), "") "," ROOT},
    {"a configured record is a wildcard's address", "\"*.b.c\"",
     ZONE("c.", RECORD("b", "1.1.1.1"), ""),
     ZONE("b.c.", "", "1.1.1.1") "," ZONE("c.", RECORD("b", "1.1.1.1"), "") "," ROOT},

    {"a configured record that a longer zone hides is repeated there", "\"x.b.c\"",
     ZONE("c.", RECORD("a.b", "1.1.1.1"), ""),
     ZONE("b.c.", RECORD("a", "1.1.1.1") "," RECORD("x", "10.0.0.1"),
          "0.0.0.0") "," ZONE("c.", RECORD("a.b", "1.1.1.1"), "") "," ROOT},
    {"only in the longest", "\"x.b.c\",\"x.a.b.c\"", ZONE("c.", RECORD("z.a.b", "1.1.1.1"), ""),
     ZONE("a.b.c.", RECORD("z", "1.1.1.1") "," RECORD("x", "10.0.0.2"),
          "0.0.0.0") "," ZONE("b.c.", RECORD("x", "10.0.0.1"),
                              "0.0.0.0") "," ZONE("c.", RECORD("z.a.b", "1.1.1.1"), "") "," ROOT},
    {"behind that zone's own", "\"x.d\"",
     ZONE("d.", RECORD("a.c", "1.1.1.1"), "") "," ZONE("c.d.", RECORD("b", "2.2.2.2"), ""),
     ZONE("c.d.", RECORD("b", "2.2.2.2") "," RECORD("a", "1.1.1.1"),
          "") "," ZONE("d.", RECORD("a.c", "1.1.1.1") "," RECORD("x", "10.0.0.1"), "") "," ROOT},
    {"of two that answer a name the nearer zone's", "\"x.b.c\"",
     ZONE("", RECORD("a.b.c", "1.1.1.1"), "") "," ZONE("c.", RECORD("a.b", "2.2.2.2"), ""),
     ZONE("b.c.", RECORD("a", "2.2.2.2") "," RECORD("x", "10.0.0.1"), "0.0.0.0") "," ZONE(
         "c.", RECORD("a.b", "2.2.2.2"), "") "," ZONE("", RECORD("a.b.c", "1.1.1.1"), "0.0.0.0")},
    {"byte by byte", "\"x.b.c\"", ZONE("c.", RECORD("a.B", "1.1.1.1"), ""),
     ZONE("b.c.", RECORD("x", "10.0.0.1"), "0.0.0.0") "," ZONE("c.", RECORD("a.B", "1.1.1.1"),
                                                               "") "," ROOT},
};

START_TEST(zones_are_as_described)
{
    char expected[4000];

    (void)snprintf(expected, sizeof(expected), "[%s]", cases[_i].expected);
    ck_assert_msg(strcmp(build(cases[_i].allow_net, cases[_i].dns_zones), expected) == 0,
                  "%s\n is        %s\n should be %s", cases[_i].sentence, json, expected);
}
END_TEST

START_TEST(wildcard_without_address_denies_with_nxdomain)
{
    ck_assert_str_eq(build_with("\"*.d\",\"a.b.d\"", "", "d"),
                     "[" ZONE("b.d.", RECORD("a", "10.0.0.2"), "") "," ZONE("d.", "", "") "," ROOT
                                                                                          "]");
}
END_TEST

START_TEST(wildcard_without_address_hides_the_wildcard_above)
{
    ck_assert_str_eq(build_with("\"*.e\",\"*.d.e\",\"a.b.d.e\"", "", "d.e"),
                     "[" ZONE("b.d.e.", RECORD("a", "10.0.0.3"), "") "," ZONE(
                         "d.e.", "", "") "," ZONE("e.", "", "10.0.0.1") "," ROOT "]");
}
END_TEST

/* --- search lists --- */

#define DOMAIN(name) ZONE(name ".", "", "")

static const struct {
    const char *sentence;
    const char *allow_net;
    const char *dns_zones;
    const char *guest;
    const char *domains;
    const char *expected;
} searched[] = {
    {"the guest's domain is a zone of its own, and empty", "\"db\"", "", "localdomain", "",
     DOMAIN("localdomain") "," ZONE("", RECORD("db", "10.0.0.1"), "0.0.0.0")},
    {"so are those of the configuration", "\"db\"", "", "localdomain", "\"local\",\"a.b\"",
     DOMAIN("localdomain") "," DOMAIN("local") "," DOMAIN("a.b") "," ZONE(
         "", RECORD("db", "10.0.0.1"), "0.0.0.0")},
    {"one named twice is one zone", "", "", "local", "\"local\",\"local.\"",
     DOMAIN("local") "," ROOT},
    {"a rule's name in it is a record, and what is not listed does not exist", "\"printer.local\"",
     "", NULL, "\"local\"", ZONE("local.", RECORD("printer", "10.0.0.1"), "") "," ROOT},
    {"nor does what lies deeper", "\"a.b.local\"", "", NULL, "\"local\"",
     ZONE("b.local.", RECORD("a", "10.0.0.1"), "") "," DOMAIN("local") "," ROOT},
    {"a wildcard for it answers in it", "\"*.local\"", "", NULL, "\"local\"",
     ZONE("local.", "", "10.0.0.1") "," ROOT},
    {"a wildcard above it answers in it", "\"*.corp\",\"x.y.svc.corp\"", "", NULL, "\"svc.corp\"",
     ZONE("y.svc.corp.", RECORD("x", "10.0.0.2"), "10.0.0.1") "," ZONE(
         "svc.corp.", "", "10.0.0.1") "," ZONE("corp.", "", "10.0.0.1") "," ROOT},
    {"a wildcard below it answers below it", "\"*.a.local\"", "", NULL, "\"local\"",
     ZONE("a.local.", "", "10.0.0.1") "," DOMAIN("local") "," ROOT},
    {"a configured zone of its name stays as it is", "\"a.b.local\"",
     ZONE("local.", RECORD("x", "1.1.1.1"), "203.0.113.1"), NULL, "\"local\"",
     ZONE("b.local.", RECORD("a", "10.0.0.1"),
          "203.0.113.1") "," ZONE("local.", RECORD("x", "1.1.1.1"), "203.0.113.1") "," ROOT},
    {"a configured 0.0.0.0 stays as well", "\"db\"", ZONE("local.", "", "0.0.0.0"), NULL,
     "\"local\"", ZONE("local.", "", "0.0.0.0") "," ZONE("", RECORD("db", "10.0.0.1"), "0.0.0.0")},
    {"a configured record in it that it hides is repeated", "",
     ZONE("corp.", RECORD("x.svc", "1.1.1.1"), ""), NULL, "\"svc.corp\"",
     ZONE("svc.corp.", RECORD("x", "1.1.1.1"), "") "," ZONE("corp.", RECORD("x.svc", "1.1.1.1"),
                                                            "") "," ROOT},
    {"a configured default above it answers in it", "", ZONE("corp.", "", "203.0.113.1"), NULL,
     "\"svc.corp\"",
     ZONE("svc.corp.", "", "203.0.113.1") "," ZONE("corp.", "", "203.0.113.1") "," ROOT},
    {"it is asked for as it is written", "\"a.b.Local\"", "", NULL, "\"Local\"",
     ZONE("b.Local.", RECORD("a", "10.0.0.1"), "") "," ZONE(
         "b.local.", RECORD("a", "10.0.0.1"), "0.0.0.0") "," DOMAIN("Local") "," ROOT},
    {"a rule as written is below it in lower case, too", "\"a.B.Local\"", "", NULL, "\"local\"",
     ZONE("B.Local.", RECORD("a", "10.0.0.1"), "") "," ZONE("b.local.", RECORD("a", "10.0.0.1"),
                                                            "") "," DOMAIN("local") "," ROOT},
    {"the root, and what is no name, are no domains to search", "\"db\"", "", ".",
     "\"\",\".\",\"a..b\",\"a b\",\"x\\u0000y\"", ZONE("", RECORD("db", "10.0.0.1"), "0.0.0.0")},
};

START_TEST(search_domains_are_as_described)
{
    char expected[2000];

    (void)snprintf(expected, sizeof(expected), "[%s]", searched[_i].expected);
    (void)printf("%s\n", searched[_i].sentence);
    ck_assert_str_eq(build_searched(searched[_i].allow_net, searched[_i].dns_zones, "",
                                    searched[_i].guest, searched[_i].domains),
                     expected);
}
END_TEST

START_TEST(search_domain_of_a_wildcard_without_address_answers_nothing)
{
    ck_assert_str_eq(
        build_searched("\"*.corp\",\"x.y.svc.corp\"", "", "corp", NULL, "\"svc.corp\""),
        "[" ZONE("y.svc.corp.", RECORD("x", "10.0.0.2"),
                 "") "," DOMAIN("svc.corp") "," DOMAIN("corp") "," ROOT "]");
}
END_TEST

START_TEST(json_escapes_what_json_must)
{
    ck_assert_str_eq(
        build("", "{\"name\":\"a\\\"\\\\\\u0001\\n\xc3\xbc\\u2028.\",\"default_ip\":\"\"}"),
        "[{\"name\":\"a\\\"\\\\\\u0001\\u000a\xc3\xbc\xe2\x80\xa8.\",\"records\":[],"
        "\"default_ip\":\"\"}," ROOT "]");
}
END_TEST

START_TEST(json_of_the_zones_is_read_back_as_it_was)
{
    struct config again;
    const char *duplicate = NULL;
    char text[4000];

    build("\"*.GitHub.com\",\"a.b.c\"", ZONE("c\\u0001\\\".", RECORD("\\\\", "\\u20ac"), "x"));
    (void)snprintf(text, sizeof(text), "{\"dns_zones\":%s}", json);
    ck_assert_int_eq(config_parse(text, strlen(text), &again, &duplicate), CONFIG_OK);
    ck_assert_uint_eq(again.zone_count, zones.count);
    for (size_t i = 0; i < zones.count; i++) {
        ck_assert_str_eq(again.zones[i].name, zones.list[i].name);
        ck_assert_str_eq(again.zones[i].default_ip, zones.list[i].default_ip);
        ck_assert_uint_eq(again.zones[i].record_count, zones.list[i].record_count);
        for (size_t j = 0; j < zones.list[i].record_count; j++) {
            ck_assert_str_eq(again.zones[i].records[j].name, zones.list[i].records[j].name);
            ck_assert_str_eq(again.zones[i].records[j].ip, zones.list[i].records[j].ip);
        }
    }
    config_clear(&again);
}
END_TEST

START_TEST(longest_names_have_room)
{
    char name[254];
    char rule[600];

    memset(name, 'A', sizeof(name) - 1);
    for (size_t i = 1; i < sizeof(name) - 1; i += 2) {
        name[i] = '.';
    }
    name[sizeof(name) - 1] = '\0';
    (void)snprintf(rule, sizeof(rule), "\"%s\",\"*.%s\"", name, name);
    build(rule, "");
    ck_assert_uint_eq(strlen(zones.list[0].name), 254);
    ck_assert_str_eq(zones.list[0].default_ip, "10.0.0.1");
}
END_TEST

START_TEST(cleared_zones_can_be_cleared_again)
{
    build("\"a.b\"", "");
    zones_clear(&zones);
    ck_assert_ptr_null(zones.list);
    zones_clear(&zones);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("zones");

    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, zones_are_as_described, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(tests, wildcard_without_address_denies_with_nxdomain);
    tcase_add_test(tests, wildcard_without_address_hides_the_wildcard_above);
    tcase_add_loop_test(tests, search_domains_are_as_described, 0,
                        (int)(sizeof(searched) / sizeof(searched[0])));
    tcase_add_test(tests, search_domain_of_a_wildcard_without_address_answers_nothing);
    tcase_add_test(tests, json_escapes_what_json_must);
    tcase_add_test(tests, json_of_the_zones_is_read_back_as_it_was);
    tcase_add_test(tests, longest_names_have_room);
    tcase_add_test(tests, cleared_zones_can_be_cleared_again);
    return run_cases("zones", tests);
}
