/*
 * One entry of allow_net: what it is taken for, and what is said about one that cannot be served.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/run.h"
#include "zones/address.h"
#include "zones/rule.h"

static struct rule rule;

static void parse(const char *text)
{
    ck_assert_int_eq(rule_parse(text, strlen(text), &rule), 0);
}

static void teardown(void)
{
    rule_clear(&rule);
}

static const struct {
    const char *text;
    enum rule_kind kind;
    const char *name;
    const char *spelling;
} accepted[] = {
    {"", RULE_EMPTY, NULL, NULL},
    {" \t\r\n\v\f", RULE_EMPTY, NULL, NULL},
    {"\xc2\x85\xc2\xa0\xe2\x80\x83\xe3\x80\x80", RULE_EMPTY, NULL, NULL},
    {"1.2.3.4", RULE_ADDRESS, NULL, NULL},
    {" 1.2.3.4 ", RULE_ADDRESS, NULL, NULL},
    {"1.2.3.4:443", RULE_ADDRESS, NULL, NULL},
    {"10.0.0.0/8", RULE_ADDRESS, NULL, NULL},
    {"10.0.0.0/0", RULE_ADDRESS, NULL, NULL},
    {"10.0.0.0/8:443", RULE_ADDRESS, NULL, NULL},
    {"::1", RULE_ADDRESS, NULL, NULL},
    {"2001:DB8::1:443", RULE_ADDRESS, NULL, NULL},
    {"::ffff:1.2.3.4", RULE_ADDRESS, NULL, NULL},
    {"[::1]:443", RULE_ADDRESS, NULL, NULL},
    {"2001:db8::/32", RULE_ADDRESS, NULL, NULL},
    {"2001:db8::/128", RULE_ADDRESS, NULL, NULL},
    {"2001:db8::/32:443", RULE_ADDRESS, NULL, NULL},
    {"[2001:db8::/32]:443", RULE_ADDRESS, NULL, NULL},
    {"github.com", RULE_EXACT, "github.com", NULL},
    {"\xc2\xa0 github.com\xc2\x85\n", RULE_EXACT, "github.com", NULL},
    {"GitHub.com", RULE_EXACT, "github.com", "GitHub.com"},
    {"github.com:443", RULE_EXACT, "github.com", NULL},
    {"GITHUB.com:1", RULE_EXACT, "github.com", "GITHUB.com"},
    {"github.com:65535", RULE_EXACT, "github.com", NULL},
    {"db", RULE_EXACT, "db", NULL},
    {"_dmarc.my_host.example", RULE_EXACT, "_dmarc.my_host.example", NULL},
    {"3com.com", RULE_EXACT, "3com.com", NULL},
    {"1.2.3.4.example", RULE_EXACT, "1.2.3.4.example", NULL},
    {"xn--mnchen-3ya.de", RULE_EXACT, "xn--mnchen-3ya.de", NULL},
    {"*.example.org", RULE_WILDCARD, "example.org", NULL},
    {"*.Example.org:443", RULE_WILDCARD, "example.org", "Example.org"},
    {"*.com", RULE_WILDCARD, "com", NULL},
};

START_TEST(entry_is_understood)
{
    parse(accepted[_i].text);
    ck_assert_int_eq(rule.kind, accepted[_i].kind);
    ck_assert_pstr_eq(rule.name, accepted[_i].name);
    ck_assert_pstr_eq(rule.spelling, accepted[_i].spelling);
    ck_assert(!rule.trailing_dot);
    ck_assert_ptr_null(rule.reason);
}
END_TEST

static const struct {
    const char *text;
    const char *reason;
} refused[] = {
    {"https://api.example.com/v1", "is a URL; write the host name alone: \"api.example.com\""},
    {"HTTPS://u:p@API.example.com:8443?q#f",
     "is a URL; write the host name alone: \"api.example.com\""},
    {"http://1.2.3.4/", "is a URL; write the address alone: \"1.2.3.4\""},
    {"http://[::1]:80/", "is a URL; write the address alone: \"::1\""},
    {"https://*.example.com/", "is a URL; write \"*.example.com\""},
    {"https://", "is a URL; write the host name alone"},
    {"regexp:^a\\.com$",
     "is a pattern; a rule is a name, or \"*.\" and a name for the names below it"},
    {"~^a\\.com$", "is a pattern; a rule is a name, or \"*.\" and a name for the names below it"},
    {"+.A.com",
     "begins with \"+.\", as no rule does; write \"a.com\", or \"*.a.com\" for the names below it"},
    {"[*.]a.com:443", "begins with \"[*.]\", as no rule does; write \"a.com\", or \"*.a.com\" for "
                      "the names below it"},
    {"domain=a.com",
     "begins with \"domain=\", as no rule does; write \"a.com\", or \"*.a.com\" for "
     "the names below it"},
    {"DOMAIN-SUFFIX,a.com", "begins with \"DOMAIN-SUFFIX,\", as no rule does; write \"a.com\", or "
                            "\"*.a.com\" for the names below it"},
    {"example.com/path", "contains a path; write the host name alone: \"example.com\""},
    {"example.com:443/path", "contains a path; write the host name alone: \"example.com\""},
    {"user@example.com", "contains \"@\"; write the host name alone: \"example.com\""},
    {"a.com b.com", "contains a space; write one host per rule"},
    {"a.com,b.com", "contains \",\"; write one host per rule"},
    {"a%b.com", "contains \"%\""},
    {"a\x1b[31m.com", "contains a control character (\\x1b)"},
    {"b\xc3\xbc"
     "cher.example",
     "is not ASCII; write its xn-- (punycode) form"},
    {"\xef\xbf\xbd", "is not ASCII; write its xn-- (punycode) form"},
    {"*",
     "\"*\" alone is no rule; leave allow_net out to allow everything, or list domains such as "
     "\"*.example.com\""},
    {"*:443",
     "\"*\" alone is no rule; leave allow_net out to allow everything, or list domains such "
     "as \"*.example.com\""},
    {"*.", "has no domain after \"*.\"; write \"*.example.com\""},
    {"*example.com", "\"*\" is allowed only as the whole first label; write \"*.example.com\""},
    {"api.*.example.com",
     "\"*\" is allowed only as the whole first label; write \"*.example.com\""},
    {"*.*.example.com", "\"*\" is allowed only as the whole first label; write \"*.example.com\""},
    {"*-api.example.com",
     "\"*\" is allowed only as the whole first label; write \"*.example.com\""},
    {"example.*", "\"*\" is allowed only as the whole first label"},
    {"*.1.2.3.4", "\"*.\" cannot stand before an address; write \"1.2.3.4\""},
    {"*.10.0.0.0/8", "\"*.\" cannot stand before an address; write \"10.0.0.0/8\""},
    {"example.com:0", "port \"0\" is not 1 to 65535; write \"example.com\""},
    {"example.com:65536", "port \"65536\" is not 1 to 65535; write \"example.com\""},
    {"example.com:", "port \"\" is not 1 to 65535; write \"example.com\""},
    {"example.com:https", "port \"https\" is not 1 to 65535; write \"example.com\""},
    {"1.2.3.4:99999", "port \"99999\" is not 1 to 65535; write \"1.2.3.4\""},
    {":443", "has no host name"},
    {".", "has no host name"},
    {"a:b:c", "is not an IPv6 address, yet has several colons"},
    {"[::1]", "has brackets but no port; write \"::1\""},
    {"[example.com]:443", "has brackets, which are for IPv6 addresses only; write \"example.com\""},
    {"[::1", "is not an IPv6 address, yet has several colons"},
    {"fe80::1%eth0", "has an IPv6 zone; write \"fe80::1\""},
    {"[fe80::1%eth0]:443", "has an IPv6 zone; write \"fe80::1\""},
    {"10.0.0.0/33", "prefix length \"33\" is not 0 to 32"},
    {"2001:db8::/129", "prefix length \"129\" is not 0 to 128"},
    {"10.0.0.0/", "prefix length \"\" is not 0 to 32"},
    {"10.0.0/8", "\"10.0.0\" is not an IPv4 address (four numbers, 0 to 255, no leading zeros)"},
    {"1.2.3", "is not an IPv4 address (four numbers, 0 to 255, no leading zeros)"},
    {"300.1.1.1", "is not an IPv4 address (four numbers, 0 to 255, no leading zeros)"},
    {"01.2.3.4", "is not an IPv4 address (four numbers, 0 to 255, no leading zeros)"},
    {"1.2.3.4.", "is an address that ends in a dot; write \"1.2.3.4\""},
    {"host.123", "last label \"123\" is all digits, so it is no host name"},
    {"-x.com", "label \"-x\" starts with a hyphen"},
    {"x-.com", "label \"x-\" ends with a hyphen"},
    {"*.-x.com", "label \"-x\" starts with a hyphen"},
    {"a..B.com", "has an empty label; write \"a.b.com\""},
    {"*..b.com", "has an empty label; write \"*.b.com\""},
    {"example.com..", "has an empty label; write \"example.com\""},
    {".example.com",
     "has an empty label; write \"example.com\", or \"*.example.com\" for the names below it"},
    {"..", "has an empty label"},
};

START_TEST(mistake_is_named_with_the_spelling_to_use)
{
    parse(refused[_i].text);
    ck_assert_int_eq(rule.kind, RULE_BAD);
    ck_assert_str_eq(rule.reason, refused[_i].reason);
    ck_assert_ptr_null(rule.name);
}
END_TEST

START_TEST(spelling_to_use_is_itself_a_rule)
{
    struct rule advised;
    const char *quote = NULL;
    const char *advice = NULL;

    parse(refused[_i].text);
    advice = strstr(rule.reason, "; write ");
    quote = advice == NULL ? NULL : strchr(advice, '"');
    if (quote != NULL) {
        ck_assert_int_eq(rule_parse(quote + 1, strcspn(quote + 1, "\""), &advised), 0);
        ck_assert_int_ne(advised.kind, RULE_BAD);
        ck_assert_int_ne(advised.kind, RULE_EMPTY);
        rule_clear(&advised);
    }
}
END_TEST

START_TEST(one_trailing_dot_is_removed_and_told)
{
    parse("GitHub.com.");
    ck_assert_int_eq(rule.kind, RULE_EXACT);
    ck_assert_str_eq(rule.name, "github.com");
    ck_assert_str_eq(rule.spelling, "GitHub.com");
    ck_assert(rule.trailing_dot);
    rule_clear(&rule);
    parse("*.example.org.:443");
    ck_assert_int_eq(rule.kind, RULE_WILDCARD);
    ck_assert_str_eq(rule.name, "example.org");
    ck_assert(rule.trailing_dot);
}
END_TEST

static void fill(char *name, size_t label, size_t length)
{
    memset(name, 'a', length);
    name[length] = '\0';
    for (size_t i = label; i < length; i += label + 1) {
        name[i] = '.';
    }
}

START_TEST(lengths_are_those_of_dns)
{
    char name[300];

    fill(name, 63, 253);
    parse(name);
    ck_assert_int_eq(rule.kind, RULE_EXACT);
    rule_clear(&rule);
    fill(name, 62, 254);
    parse(name);
    ck_assert_int_eq(rule.kind, RULE_BAD);
    ck_assert_str_eq(rule.reason, "name is longer than 253 bytes");
    rule_clear(&rule);
    fill(name, 64, 100);
    parse(name);
    ck_assert_int_eq(rule.kind, RULE_BAD);
    ck_assert_str_eq(rule.reason, "label is longer than 63 bytes");
}
END_TEST

START_TEST(quoted_entry_is_fit_for_a_log)
{
    static const char text[] = "a\0\x1b[2J\n\x7f\xc2\x9b\xe2\x80\xa8\xe2\x80\xae\xff\xc3\xbc";

    ck_assert_int_eq(rule_parse(text, sizeof(text) - 1, &rule), 0);
    ck_assert_int_eq(rule.kind, RULE_BAD);
    ck_assert_str_eq(rule.text, "a\\x00\\x1b[2J\\x0a\\x7f\\xc2\\x9b\\xe2\\x80\\xa8\\xe2\\x80\\xae"
                                "\\xff\xc3\xbc");
    for (const char *byte = rule.reason; *byte != '\0'; byte++) {
        ck_assert_int_ge((unsigned char)*byte, 0x20);
    }
}
END_TEST

START_TEST(no_byte_of_a_refused_entry_reaches_the_reason_raw)
{
    for (int byte = 0; byte < 256; byte++) {
        char text[] = {'a', (char)byte, 'b', (char)byte, '.', 'c'};

        ck_assert_int_eq(rule_parse(text, sizeof(text), &rule), 0);
        for (const char *at = rule.kind == RULE_BAD ? rule.reason : ""; *at != '\0'; at++) {
            ck_assert((unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7f);
        }
        rule_clear(&rule);
    }
}
END_TEST

START_TEST(endless_entry_is_quoted_in_part)
{
    size_t length = 1 << 20;
    char *text = malloc(length);

    ck_assert_ptr_nonnull(text);
    memset(text, 'x', length);
    ck_assert_int_eq(rule_parse(text, length, &rule), 0);
    ck_assert_int_eq(rule.kind, RULE_BAD);
    ck_assert_uint_lt(strlen(rule.text), 400);
    ck_assert_str_eq(rule.text + strlen(rule.text) - 3, "...");
    ck_assert_uint_lt(strlen(rule.reason), 400);
    free(text);
}
END_TEST

START_TEST(ipv4_is_what_go_takes_for_it)
{
    static const char *const good[] = {"1.2.3.4", "0.0.0.0", "::ffff:1.2.3.4", "::FFFF:102:304"};
    static const char *const bad[] = {"",          "1.2.3",     "1.2.3.4.",  "01.2.3.4",
                                      " 1.2.3.4",  "::1",       "::1.2.3.4", "1.2.3.4/8",
                                      "256.1.1.1", "0x1.2.3.4", "1.2.3.4\n", "16909060"};
    struct in_addr address;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ck_assert_msg(address_is_ipv4(good[i], &address), "%s", good[i]);
    }
    ck_assert_uint_eq(address.s_addr, htonl(0x01020304));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_msg(!address_is_ipv4(bad[i], &address), "%s", bad[i]);
    }
}
END_TEST

START_TEST(cleared_rule_can_be_cleared_again)
{
    parse("GitHub.com");
    rule_clear(&rule);
    ck_assert_ptr_null(rule.text);
    ck_assert_ptr_null(rule.name);
    rule_clear(&rule);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("rule");
    int refusals = (int)(sizeof(refused) / sizeof(refused[0]));

    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_loop_test(cases, entry_is_understood, 0,
                        (int)(sizeof(accepted) / sizeof(accepted[0])));
    tcase_add_loop_test(cases, mistake_is_named_with_the_spelling_to_use, 0, refusals);
    tcase_add_loop_test(cases, spelling_to_use_is_itself_a_rule, 0, refusals);
    tcase_add_test(cases, one_trailing_dot_is_removed_and_told);
    tcase_add_test(cases, lengths_are_those_of_dns);
    tcase_add_test(cases, quoted_entry_is_fit_for_a_log);
    tcase_add_test(cases, no_byte_of_a_refused_entry_reaches_the_reason_raw);
    tcase_add_test(cases, endless_entry_is_quoted_in_part);
    tcase_add_test(cases, ipv4_is_what_go_takes_for_it);
    tcase_add_test(cases, cleared_rule_can_be_cleared_again);
    return run_cases("rule", cases);
}
