/*
 * The decision, with answers handed in: no network. What the resolver and the zones do on their own
 * is tested beside them; here it is what becomes of it.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/plan/plan.h"
#include "tests/support/decide.h"
#include "tests/unit/run.h"

static struct settings settings;
static struct log quiet;
static char lines[16384]; /* what was logged */
static size_t looked_up;  /* hosts handed to the lookup */

static void remember(void *context, enum log_level level, const char *line)
{
    const size_t used = strlen(lines);

    (void)context;
    (void)level;
    snprintf(lines + used, sizeof(lines) - used, "%s\n", line);
}

static void set_up(void)
{
    char *nothing[] = {NULL};

    settings_read(nothing, &settings);
    quiet = (struct log){.threshold = LOG_LEVEL_DEBUG, .sink = remember};
    lines[0] = '\0';
    looked_up = 0;
}

static void tear_down(void)
{
}

/* Answers by name: "dead..." never, "six..." only IPv6, "none..." does not exist, "many..." has a
   hundred addresses; else two. */
static void lookup(void *context, const struct resolver_options *options,
                   struct resolver_host *hosts, size_t count,
                   const struct resolver_observer *observer)
{
    (void)context;
    looked_up += count;
    for (size_t i = 0; i < count; i++) {
        struct resolver_host *host = &hosts[i];

        host->attempts = options->attempts;
        if (strncmp(host->name, "dead", 4) == 0) {
            host->outcome = RESOLVER_NO_ANSWER;
        } else if (strncmp(host->name, "six", 3) == 0) {
            host->attempts = 1;
            host->outcome = RESOLVER_IPV6_ONLY;
        } else if (strncmp(host->name, "none", 4) == 0) {
            host->outcome = RESOLVER_NO_SUCH_HOST;
        } else {
            host->attempts = 1;
            host->outcome = RESOLVER_RESOLVED;
            host->address_count = strncmp(host->name, "many", 4) == 0 ? 100 : 2;
            host->addresses = calloc(host->address_count, sizeof(*host->addresses));
            host->addresses[0].s_addr = htonl(0xc0000200 + (unsigned)i + 1);
            for (size_t k = 1; k < host->address_count; k++) {
                host->addresses[k].s_addr = htonl(0xc6336400 + (unsigned)k);
            }
        }
        observer->settled(observer->context, host);
    }
}

#define ZONE_OF_BOXLITE                                                                            \
    "{\"name\":\"boxlite.internal.\",\"records\":[{\"name\":\"host\",\"ip\":\"192.168.127.254\"}]" \
    ","                                                                                            \
    "\"default_ip\":\"\"}"
#define CONFIG(rules)                                                                              \
    "{\"socket_path\":\"/x\",\"host_ip\":\"192.168.127.254\",\"dns_zones\":[" ZONE_OF_BOXLITE      \
    "],\"debug\":false,\"allow_net\":[" rules "]}"

static struct plan plan;
static struct answers answers;

static void end_plan(void)
{
    plan_clear(&plan);
    answers_clear(&answers);
}

static void decide(const char *json)
{
    plan_read(json, strlen(json), &settings, &quiet, &plan);
    if (plan.in_scope) {
        decide_with(&plan, lookup, &answers);
    }
}

static void assert_refused(const char *text)
{
    ck_assert_int_eq(plan.verdict, PLAN_REFUSED);
    ck_assert_str_eq(plan.refusal, text);
    ck_assert_ptr_null(plan.json);
    ck_assert_uint_eq(plan.pin_count, 0);
    end_plan();
}

START_TEST(without_hostname_rules_nothing_is_done)
{
    static const char *const configs[] = {
        "{}",
        "null",
        "",
        "{\"allow_net\":",
        "{\"allow_net\":7}",
        "{\"allow_net\":null}",
        CONFIG(""),
        CONFIG("\"10.0.0.0/8\",\"192.0.2.1\",\"[2001:db8::1]:443\",\"  \""),
    };

    decide(configs[_i]);
    ck_assert(!plan.in_scope);
    ck_assert_int_eq(plan.verdict, PLAN_UNCHANGED);
    ck_assert_uint_eq(looked_up, 0);
    ck_assert_str_eq(lines, "");
    end_plan();
}
END_TEST

START_TEST(only_dns_zones_differs)
{
    decide(CONFIG("\"github.com\",\"iapi.sample.com\""));
    ck_assert_int_eq(plan.verdict, PLAN_REWRITTEN);
    ck_assert_str_eq(
        plan.json,
        "{\"socket_path\":\"/x\",\"host_ip\":\"192.168.127.254\",\"dns_zones\":[" ZONE_OF_BOXLITE
        ",{\"name\":\"localdomain.\",\"records\":[],\"default_ip\":\"\"}"
        ",{\"name\":\"sample.com.\",\"records\":[{\"name\":\"iapi\",\"ip\":\"192.0.2.2\"}],"
        "\"default_ip\":\"0.0.0.0\"}"
        ",{\"name\":\"com.\",\"records\":[{\"name\":\"github\",\"ip\":\"192.0.2.1\"}],"
        "\"default_ip\":\"0.0.0.0\"}"
        ",{\"name\":\"\",\"records\":[],\"default_ip\":\"0.0.0.0\"}"
        "],\"debug\":false,\"allow_net\":[\"github.com\",\"iapi.sample.com\"]}");
    ck_assert_uint_eq(plan.json_length, strlen(plan.json));
    ck_assert_ptr_nonnull(strstr(lines, "allowNet: host resolved hostname=github.com v4_count=2 "
                                        "v4_ips=192.0.2.1,198.51.100.1\n"));
    ck_assert_ptr_nonnull(
        strstr(lines, "allowNet: zones repaired allow_zones=2 total_zones=5 hosts=2\n"));
    end_plan();
}
END_TEST

START_TEST(a_host_with_many_addresses_is_logged_in_one_short_line)
{
    const char *line;

    decide(CONFIG("\"many.example\""));
    ck_assert_int_eq(plan.verdict, PLAN_REWRITTEN);
    line = strstr(lines, "hostname=many.example v4_count=100 v4_ips=192.0.2.1,198.51.100.1,");
    ck_assert_ptr_nonnull(line);
    ck_assert_ptr_nonnull(strstr(line, ",...\n"));
    ck_assert_uint_lt(strcspn(line, "\n"), 600);
    end_plan();
}
END_TEST

START_TEST(every_failing_host_is_named_in_one_text)
{
    decide(CONFIG("\"good.example\",\"dead.example\",\"six.example\",\"*.none.example\""));
    assert_refused("allowNet: resolve \"dead.example\": no answer after 4 attempts; "
                   "resolve \"six.example\": only IPv6 addresses; the guest network is IPv4; "
                   "resolve \"none.example\" (the domain of a wildcard): "
                   "no such host (NXDOMAIN) after 4 attempts "
                   "(list the names below it, or set BOXLITE_ALLOWNET_WILDCARD=lenient)");
    ck_assert_ptr_nonnull(
        strstr(lines, "allowNet: DNS resolution failed after retries hostname=dead.example "));
}
END_TEST

START_TEST(many_failing_hosts_are_counted)
{
    char json[4096] = "{\"host_ip\":\"\",\"allow_net\":[\"dead0\"";

    for (int i = 1; i < 25; i++) {
        snprintf(json + strlen(json), sizeof(json) - strlen(json), ",\"dead%d\"", i);
    }
    strcat(json, "]}");
    decide(json);
    ck_assert_int_eq(plan.verdict, PLAN_REFUSED);
    ck_assert_ptr_nonnull(
        strstr(plan.refusal, "resolve \"dead19\": no answer after 4 attempts and 5 more"));
    ck_assert_ptr_nonnull(strstr(lines, "hostname=dead24"));
    end_plan();
}
END_TEST

START_TEST(bad_rules_are_refused_without_a_lookup)
{
    decide(CONFIG("\"good.example\",\"https://a.example/\",\"a b\",\"a\\u001b\""));
    ck_assert_int_eq(plan.verdict, PLAN_REFUSED);
    ck_assert_ptr_nonnull(strstr(plan.refusal, "allowNet: rule \"https://a.example/\": "));
    ck_assert_ptr_nonnull(strstr(plan.refusal, "; rule \"a b\": "));
    /* Printable once, not once more. */
    ck_assert_ptr_nonnull(strstr(plan.refusal, "; rule \"a\\x1b\": "));
    ck_assert_uint_eq(looked_up, 0);
    end_plan();
}
END_TEST

START_TEST(a_bad_setting_refuses_only_what_needs_the_repair)
{
    char *environment[] = {"BOXLITE_ALLOWNET_ATTEMPTS=many", NULL};

    settings_read(environment, &settings);
    decide(CONFIG("\"10.0.0.1\""));
    ck_assert(!plan.in_scope);
    end_plan();
    decide(CONFIG("\"good.example\""));
    assert_refused("allowNet: BOXLITE_ALLOWNET_ATTEMPTS=\"many\" is not a number from 1 to 10 "
                   "(attempts)");
}
END_TEST

START_TEST(a_key_given_twice_is_refused_by_name)
{
    decide("{\"host_ip\":\"\",\"allow_net\":[\"a.example\"],\"ALLOW_NET\":[\"b.example\"]}");
    ck_assert_int_eq(plan.verdict, PLAN_REFUSED);
    ck_assert_ptr_nonnull(strstr(plan.refusal, "\"allow_net\" twice"));
    end_plan();
}
END_TEST

START_TEST(a_configured_name_is_neither_looked_up_nor_pinned)
{
    decide(CONFIG("\"host.boxlite.internal\""));
    ck_assert_int_eq(plan.verdict, PLAN_REWRITTEN);
    ck_assert_uint_eq(looked_up, 0);
    ck_assert_uint_eq(plan.pin_count, 0);
    end_plan();
    decide(CONFIG("\"b.example\",\"Host.boxlite.internal.\",\"a.example\""));
    ck_assert_int_eq(plan.verdict, PLAN_REWRITTEN);
    ck_assert_uint_eq(plan.pin_count, 2);
    ck_assert_ptr_null(plan_find_pin(&plan, "host.boxlite.internal"));
    ck_assert_ptr_nonnull(plan_find_pin(&plan, "a.example"));
    end_plan();
}
END_TEST

START_TEST(a_configured_record_without_ipv4_is_refused)
{
    decide("{\"host_ip\":\"\",\"dns_zones\":[{\"name\":\"corp.\",\"records\":[{\"name\":\"db\","
           "\"ip\":\"2001:db8::1\"}]}],\"allow_net\":[\"db.corp\"]}");
    assert_refused("allowNet: resolve \"db.corp\": its record in dns_zones holds \"2001:db8::1\", "
                   "which is no IPv4 address");
}
END_TEST

START_TEST(pins_hold_every_address_and_are_found_in_any_spelling)
{
    const struct plan_pin *pin;

    decide(CONFIG("\"b.example\",\"A.example\",\"*.c.example\""));
    ck_assert_uint_eq(plan.pin_count, 3);
    pin = plan_find_pin(&plan, "a.EXAMPLE.");
    ck_assert_ptr_nonnull(pin);
    ck_assert_str_eq(pin->name, "a.example");
    ck_assert_uint_eq(pin->count, 2);
    ck_assert_ptr_nonnull(plan_find_pin(&plan, "c.example"));
    ck_assert_ptr_null(plan_find_pin(&plan, "x.c.example"));
    ck_assert_ptr_null(plan_find_pin(&plan, "a.exampl"));
    ck_assert_ptr_null(plan_find_pin(&plan, "a.examples"));
    ck_assert_ptr_null(plan_find_pin(&plan, "."));
    ck_assert_ptr_null(plan_find_pin(&plan, ""));
    end_plan();
}
END_TEST

START_TEST(a_lenient_wildcard_denies_where_its_domain_has_no_address)
{
    settings.wildcards = SETTINGS_WILDCARD_LENIENT;
    decide(CONFIG("\"*.none.example\""));
    ck_assert_int_eq(plan.verdict, PLAN_REWRITTEN);
    ck_assert_ptr_nonnull(
        strstr(plan.json, "{\"name\":\"none.example.\",\"records\":[],\"default_ip\":\"\"}"));
    ck_assert_ptr_nonnull(strstr(lines, "wildcard \"*.none.example\" answers NXDOMAIN"));
    end_plan();
}
END_TEST

START_TEST(a_lenient_wildcard_is_refused_where_nothing_is_known)
{
    settings.wildcards = SETTINGS_WILDCARD_LENIENT;
    decide(CONFIG("\"*.dead.example\""));
    ck_assert_int_eq(plan.verdict, PLAN_REFUSED);
    end_plan();
}
END_TEST

START_TEST(a_name_that_is_also_an_exact_rule_is_never_lenient)
{
    settings.wildcards = SETTINGS_WILDCARD_LENIENT;
    decide(CONFIG("\"*.none.example\",\"none.example\""));
    ck_assert_int_eq(plan.verdict, PLAN_REFUSED);
    end_plan();
}
END_TEST

START_TEST(observing_changes_nothing_and_tells_everything)
{
    settings.mode = SETTINGS_OBSERVE;
    decide(CONFIG("\"github.com\""));
    ck_assert_int_eq(plan.verdict, PLAN_UNCHANGED);
    ck_assert_uint_eq(plan.pin_count, 0);
    ck_assert_ptr_nonnull(strstr(lines, "zones would be repaired"));
    end_plan();

    decide(CONFIG("\"dead.example\""));
    ck_assert_int_eq(plan.verdict, PLAN_UNCHANGED);
    ck_assert_ptr_nonnull(strstr(lines, "observe: the create would be refused: allowNet: resolve "
                                        "\"dead.example\": no answer after 4 attempts"));
    end_plan();

    decide(CONFIG("\"a b\""));
    ck_assert_int_eq(plan.verdict, PLAN_UNCHANGED);
    end_plan();
}
END_TEST

START_TEST(a_0_8_bridge_is_served_by_its_own_lookups)
{
    decide("{\"allow_net\":[\"a.example\",\"b.example\"]}");
    ck_assert_int_eq(plan.verdict, PLAN_UNCHANGED);
    ck_assert_ptr_null(plan.json);
    ck_assert_uint_eq(plan.pin_count, 2);
    end_plan();
}
END_TEST

START_TEST(a_0_8_bridge_is_refused_what_it_cannot_serve)
{
    decide("{\"allow_net\":[\"github.com\",\"iapi.sample.com\",\"*.example.org\"]}");
    ck_assert_int_eq(plan.verdict, PLAN_REFUSED);
    ck_assert_ptr_nonnull(strstr(plan.refusal, "boxlite 0.8.x cannot serve these rules"));
    ck_assert_ptr_nonnull(strstr(plan.refusal, "github.com"));
    ck_assert_ptr_nonnull(strstr(plan.refusal, "iapi.sample.com"));
    ck_assert_ptr_nonnull(strstr(plan.refusal, "*.example.org"));
    ck_assert_ptr_nonnull(strstr(plan.refusal, "move to boxlite 0.9.7 or newer"));
    ck_assert_uint_eq(looked_up, 0);
    end_plan();
}
END_TEST

START_TEST(a_0_8_bridge_does_not_reach_configured_records)
{
    decide("{\"dns_zones\":[{\"name\":\"corp.\",\"records\":[{\"name\":\"db\",\"ip\":\"10.0.0.1\"}"
           "]}],\"allow_net\":[\"db.corp\"]}");
    ck_assert_int_eq(plan.verdict, PLAN_UNCHANGED);
    ck_assert_uint_eq(looked_up, 1);
    end_plan();
}
END_TEST

START_TEST(a_trailing_dot_is_warned_about)
{
    decide(CONFIG("\"a.example.\""));
    ck_assert_int_eq(plan.verdict, PLAN_REWRITTEN);
    ck_assert_ptr_nonnull(strstr(lines, "rule \"a.example.\" ends in a dot"));
    ck_assert_ptr_nonnull(strstr(lines, "write \"a.example\""));
    end_plan();
}
END_TEST

START_TEST(a_wildcard_on_a_configured_zone_is_warned_about)
{
    decide(CONFIG("\"*.boxlite.internal\""));
    ck_assert_int_eq(plan.verdict, PLAN_REWRITTEN);
    ck_assert_ptr_nonnull(strstr(lines, "rule \"*.boxlite.internal\" has no effect"));
    end_plan();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("plan");

    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, without_hostname_rules_nothing_is_done, 0, 8);
    tcase_add_test(cases, only_dns_zones_differs);
    tcase_add_test(cases, a_host_with_many_addresses_is_logged_in_one_short_line);
    tcase_add_test(cases, every_failing_host_is_named_in_one_text);
    tcase_add_test(cases, many_failing_hosts_are_counted);
    tcase_add_test(cases, bad_rules_are_refused_without_a_lookup);
    tcase_add_test(cases, a_bad_setting_refuses_only_what_needs_the_repair);
    tcase_add_test(cases, a_key_given_twice_is_refused_by_name);
    tcase_add_test(cases, a_configured_name_is_neither_looked_up_nor_pinned);
    tcase_add_test(cases, a_configured_record_without_ipv4_is_refused);
    tcase_add_test(cases, pins_hold_every_address_and_are_found_in_any_spelling);
    tcase_add_test(cases, a_lenient_wildcard_denies_where_its_domain_has_no_address);
    tcase_add_test(cases, a_lenient_wildcard_is_refused_where_nothing_is_known);
    tcase_add_test(cases, a_name_that_is_also_an_exact_rule_is_never_lenient);
    tcase_add_test(cases, observing_changes_nothing_and_tells_everything);
    tcase_add_test(cases, a_0_8_bridge_is_served_by_its_own_lookups);
    tcase_add_test(cases, a_0_8_bridge_is_refused_what_it_cannot_serve);
    tcase_add_test(cases, a_0_8_bridge_does_not_reach_configured_records);
    tcase_add_test(cases, a_trailing_dot_is_warned_about);
    tcase_add_test(cases, a_wildcard_on_a_configured_zone_is_warned_about);
    return run_cases("plan", cases);
}
