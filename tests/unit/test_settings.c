/* Settings read from an environment: defaults, ranges, and what is wrong. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "shim/plan/settings.h"
#include "tests/unit/run.h"

static struct settings settings;

static void read_one(const char *entry)
{
    char *environment[] = {(char *)entry, NULL};

    settings_read(environment, &settings);
}

START_TEST(defaults_are_those_of_the_manual)
{
    char *nothing[] = {NULL};

    settings_read(nothing, &settings);
    ck_assert_int_eq(settings.mode, SETTINGS_ON);
    ck_assert_uint_eq(settings.resolver.attempts, 4);
    ck_assert_uint_eq(settings.resolver.timeout_ms, 2000);
    ck_assert_uint_eq(settings.resolver.backoff_ms, 100);
    ck_assert_uint_eq(settings.resolver.backoff_factor, 3);
    ck_assert_uint_eq(settings.resolver.budget_ms, 20000);
    ck_assert_uint_eq(settings.resolver.window, 256);
    ck_assert_ptr_null(settings.resolver.servers);
    ck_assert_int_eq(settings.wildcards, SETTINGS_WILDCARD_STRICT);
    ck_assert_int_eq(settings.static_shims, SETTINGS_STATIC_ATTACH);
    ck_assert_int_eq(settings.log_level, LOG_LEVEL_INFO);
    ck_assert_str_eq(settings.log_file, "");
    ck_assert_str_eq(settings.fault, "");
    ck_assert_str_eq(settings.doubt, "");
}
END_TEST

START_TEST(every_variable_is_read)
{
    char *environment[] = {"PATH=/bin",
                           "BOXLITE_ALLOWNET=observe",
                           "BOXLITE_ALLOWNET_ATTEMPTS=1",
                           "BOXLITE_ALLOWNET_TIMEOUT_MS=50",
                           "BOXLITE_ALLOWNET_BACKOFF_MS=0",
                           "BOXLITE_ALLOWNET_BACKOFF_FACTOR=10",
                           "BOXLITE_ALLOWNET_HEDGE_MS=2000",
                           "BOXLITE_ALLOWNET_BUDGET_MS=600000",
                           "BOXLITE_ALLOWNET_WINDOW=4096",
                           "BOXLITE_ALLOWNET_SERVERS=192.0.2.1,[2001:db8::1]:5353",
                           "BOXLITE_ALLOWNET_WILDCARD=lenient",
                           "BOXLITE_ALLOWNET_STATIC=warn",
                           "BOXLITE_ALLOWNET_LOG=debug",
                           "BOXLITE_ALLOWNET_LOG_FILE=/var/log/x",
                           "BOXLITE_ALLOWNET_DETECT=1",
                           NULL};

    settings_read(environment, &settings);
    ck_assert_str_eq(settings.fault, "");
    ck_assert_int_eq(settings.mode, SETTINGS_OBSERVE);
    ck_assert_uint_eq(settings.resolver.hedge_ms, 2000);
    ck_assert_uint_eq(settings.resolver.attempts, 1);
    ck_assert_uint_eq(settings.resolver.timeout_ms, 50);
    ck_assert_uint_eq(settings.resolver.backoff_ms, 0);
    ck_assert_uint_eq(settings.resolver.backoff_factor, 10);
    ck_assert_uint_eq(settings.resolver.budget_ms, 600000);
    ck_assert_uint_eq(settings.resolver.window, 4096);
    ck_assert_str_eq(settings.resolver.servers, "192.0.2.1,[2001:db8::1]:5353");
    ck_assert_int_eq(settings.wildcards, SETTINGS_WILDCARD_LENIENT);
    ck_assert_int_eq(settings.static_shims, SETTINGS_STATIC_WARN);
    ck_assert_int_eq(settings.log_level, LOG_LEVEL_DEBUG);
    ck_assert_str_eq(settings.log_file, "/var/log/x");
    ck_assert(settings.detect);
}
END_TEST

/* Each bad value leaves the default and is named with what would be right. */
static const struct {
    const char *entry;
    const char *fault;
} bad[] = {
    {"BOXLITE_ALLOWNET=yes", "BOXLITE_ALLOWNET=\"yes\" is not one of on, observe, off"},
    {"BOXLITE_ALLOWNET_ATTEMPTS=0",
     "BOXLITE_ALLOWNET_ATTEMPTS=\"0\" is not a number from 1 to 10 (attempts)"},
    {"BOXLITE_ALLOWNET_ATTEMPTS=11",
     "BOXLITE_ALLOWNET_ATTEMPTS=\"11\" is not a number from 1 to 10 (attempts)"},
    {"BOXLITE_ALLOWNET_TIMEOUT_MS=2s",
     "BOXLITE_ALLOWNET_TIMEOUT_MS=\"2s\" is not a number from 50 to 30000 (milliseconds)"},
    {"BOXLITE_ALLOWNET_TIMEOUT_MS=-1",
     "BOXLITE_ALLOWNET_TIMEOUT_MS=\"-1\" is not a number from 50 to 30000 (milliseconds)"},
    {"BOXLITE_ALLOWNET_TIMEOUT_MS=99999999999999999999",
     "BOXLITE_ALLOWNET_TIMEOUT_MS=\"99999999999999999999\" is not a number from 50 to 30000 "
     "(milliseconds)"},
    {"BOXLITE_ALLOWNET_HEDGE_MS=2001",
     "BOXLITE_ALLOWNET_HEDGE_MS=\"2001\" is not a number from 0 to 2000 (milliseconds, 0 for all "
     "nameservers at once)"},
    {"BOXLITE_ALLOWNET_BUDGET_MS=600001", "BOXLITE_ALLOWNET_BUDGET_MS=\"600001\" is not a number "
                                          "from 0 to 600000 (milliseconds, 0 for no limit)"},
    {"BOXLITE_ALLOWNET_WILDCARD=loose",
     "BOXLITE_ALLOWNET_WILDCARD=\"loose\" is not one of strict, lenient"},
    {"BOXLITE_ALLOWNET_STATIC=1", "BOXLITE_ALLOWNET_STATIC=\"1\" is not one of attach, warn"},
    {"BOXLITE_ALLOWNET_LOG=loud",
     "BOXLITE_ALLOWNET_LOG=\"loud\" is not one of trace, debug, info, warn, error"},
    {"BOXLITE_ALLOWNET_LOG_FILE=x.log",
     "BOXLITE_ALLOWNET_LOG_FILE=\"x.log\" is not an absolute path"},
    {"BOXLITE_ALLOWNET=\033[31m", "BOXLITE_ALLOWNET=\"?[31m\" is not one of on, observe, off"},
};

START_TEST(a_bad_value_is_refused_with_its_range)
{
    read_one(bad[_i].entry);
    ck_assert_str_eq(settings.fault, bad[_i].fault);
    ck_assert_int_eq(settings.mode, SETTINGS_ON);
    ck_assert_uint_eq(settings.resolver.attempts, 4);
    ck_assert_uint_eq(settings.resolver.timeout_ms, 2000);
}
END_TEST

START_TEST(a_bad_server_list_is_refused)
{
    read_one("BOXLITE_ALLOWNET_SERVERS=dns.example");
    ck_assert_ptr_nonnull(strstr(settings.fault, "BOXLITE_ALLOWNET_SERVERS=\"dns.example\": "));
    ck_assert_ptr_nonnull(strstr(settings.fault, "write ADDRESS[:PORT],..."));
    ck_assert_ptr_null(settings.resolver.servers);
}
END_TEST

START_TEST(all_faults_are_told)
{
    char *environment[] = {"BOXLITE_ALLOWNET_ATTEMPTS=x", "BOXLITE_ALLOWNET_WINDOW=y", NULL};

    settings_read(environment, &settings);
    ck_assert_ptr_nonnull(strstr(settings.fault, "ATTEMPTS=\"x\""));
    ck_assert_ptr_nonnull(strstr(settings.fault, "; BOXLITE_ALLOWNET_WINDOW=\"y\""));
}
END_TEST

START_TEST(an_endless_value_does_not_overrun)
{
    static const char *const names[] = {"BOXLITE_ALLOWNET_ATTEMPTS=", "BOXLITE_ALLOWNET_SERVERS=",
                                        "BOXLITE_ALLOWNET_LOG_FILE=/", "BOXLITE_ALLOWNET_QQ"};
    char entry[8192] = "";
    char *environment[41] = {NULL};

    for (size_t i = 0; i < 40; i++) {
        environment[i] = entry;
    }
    memset(entry, 'z', sizeof(entry) - 1);
    entry[7000] = '=';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        memcpy(entry, names[i], strlen(names[i]));
        settings_read(environment, &settings);
        ck_assert_uint_lt(strlen(settings.fault), sizeof(settings.fault));
        ck_assert_uint_lt(strlen(settings.doubt), sizeof(settings.doubt));
        ck_assert(settings.fault[0] != '\0' || settings.doubt[0] != '\0');
    }
}
END_TEST

START_TEST(empty_means_unset)
{
    read_one("BOXLITE_ALLOWNET=");
    ck_assert_str_eq(settings.fault, "");
    ck_assert_int_eq(settings.mode, SETTINGS_ON);
}
END_TEST

START_TEST(off_is_understood_in_any_case)
{
    read_one("BOXLITE_ALLOWNET=OFF");
    ck_assert_int_eq(settings.mode, SETTINGS_OFF);
}
END_TEST

static const struct {
    const char *variable;
    const char *doubt;
} doubtful[] = {
    {"BOXLITE_ALLOWNET_TIMOUT_MS=5",
     "there is no setting BOXLITE_ALLOWNET_TIMOUT_MS; BOXLITE_ALLOWNET_TIMEOUT_MS may be meant"},
    {"BOXLITE_ALOWNET=off", "there is no setting BOXLITE_ALOWNET; BOXLITE_ALLOWNET may be meant"},
    {"BOXLITE_ALLOWNETS=1", "there is no setting BOXLITE_ALLOWNETS; BOXLITE_ALLOWNET may be meant"},
    {"BOXLITE_ALLOW_NET=off",
     "there is no setting BOXLITE_ALLOW_NET; BOXLITE_ALLOWNET may be meant"},
    {"BOXLITEALLOWNET_ATTEMPTS=5",
     "there is no setting BOXLITEALLOWNET_ATTEMPTS; BOXLITE_ALLOWNET_ATTEMPTS may be meant"},
    {"BOXLITE_ALOWNET_SOMETHING_ELSE=1", "there is no setting BOXLITE_ALOWNET_SOMETHING_ELSE"},
    {"BOXLITE_RUNTIMEDIR=/x",
     "there is no setting BOXLITE_RUNTIMEDIR; BOXLITE_RUNTIME_DIR may be meant"},
    {"BOXLITE_ALLOWNET_A_NAME_THAT_IS_LONGER_THAN_ANY_OF_OURS=1",
     "there is no setting BOXLITE_ALLOWNET_A_NAME_THAT_IS_LONGER_THAN_ANY_OF_OURS"},
    {"BOXLITE_ALLOWNET_BUDGET_MS=30001",
     "BOXLITE_ALLOWNET_BUDGET_MS=30001 cannot be used up: boxlite gives a box up after 30000 ms"},
    /* boxlite's own, and others'. */
    {"BOXLITE_RUNTIME_DIR=/x", ""},
    {"BOXLITE_HOME=/x", ""},
    {"BOXLITE_BOX_ID=x", ""},
    {"BOXLITE_API_KEY=x", ""},
    {"BOXLITE_LOG=debug", ""},
    {"BOXLITE=1", ""},
    {"ALLOWNET=1", ""},
    {"BOXLITE_ALLOWNET_BUDGET_MS=30000", ""},
    {"BOXLITE_ALLOWNET=off", ""},
    {"BOXLITE_ALOWNET=", ""},
};

START_TEST(what_was_probably_not_meant_is_noticed)
{
    const bool is_known = strncmp(doubtful[_i].variable, "BOXLITE_ALLOWNET", 16) == 0;

    read_one(doubtful[_i].variable);
    ck_assert_str_eq(settings.doubt, doubtful[_i].doubt);
    ck_assert_str_eq(settings.fault, "");
    /* And it is carried over each border, for the log to tell. */
    ck_assert(settings_concern(doubtful[_i].variable) ==
              (is_known || doubtful[_i].doubt[0] != '\0' ||
               strcmp(doubtful[_i].variable, "BOXLITE_ALOWNET=") == 0));
}
END_TEST

START_TEST(all_doubts_are_told)
{
    char *environment[] = {"BOXLITE_ALOWNET=1", "BOXLITE_RUNTIMEDIR=1", NULL};

    settings_read(environment, &settings);
    ck_assert_ptr_nonnull(strstr(settings.doubt, "BOXLITE_ALLOWNET may be meant; there is no"));
    ck_assert_ptr_nonnull(strstr(settings.doubt, "BOXLITE_RUNTIME_DIR may be meant"));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("settings");

    tcase_add_test(cases, defaults_are_those_of_the_manual);
    tcase_add_test(cases, every_variable_is_read);
    tcase_add_loop_test(cases, a_bad_value_is_refused_with_its_range, 0,
                        (int)(sizeof(bad) / sizeof(bad[0])));
    tcase_add_test(cases, a_bad_server_list_is_refused);
    tcase_add_test(cases, all_faults_are_told);
    tcase_add_test(cases, an_endless_value_does_not_overrun);
    tcase_add_test(cases, empty_means_unset);
    tcase_add_test(cases, off_is_understood_in_any_case);
    tcase_add_loop_test(cases, what_was_probably_not_meant_is_noticed, 0,
                        sizeof(doubtful) / sizeof(doubtful[0]));
    tcase_add_test(cases, all_doubts_are_told);
    return run_cases("settings", cases);
}
