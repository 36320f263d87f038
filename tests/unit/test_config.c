/*
 * The bridge's configuration: read as Go reads it, changed in one place only.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>

#include "tests/unit/run.h"
#include "zones/config.h"
#include "zones/json_grammar.h"

static struct config config;
static const char *duplicate;

static enum config_status parse(const char *json)
{
    return config_parse(json, strlen(json), &config, &duplicate);
}

static void teardown(void)
{
    config_clear(&config);
}

/* --- grammar --- */

static const char *const valid[] = {
    "{}",
    " [ ] ",
    "null",
    "\ttrue\r\n",
    "-0",
    "-0.5e+10",
    "1E-7",
    "\"\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\uD800\"",
    "\"\x7f\xff\xc3(\"",
    "[1,[2,{\"a\":[]}],{}]",
    "{\"a\":1,\"a\":2,\"\":{}}",
};

static const char *const invalid[] = {
    "",
    " ",
    "{",
    "}",
    "{}{}",
    "{} x",
    "[1,]",
    "[,1]",
    "{\"a\"}",
    "{a:1}",
    "{1:1}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{\"a\" \"b\"}",
    ":{}",
    "[tru]",
    "nul",
    "nullx",
    "01",
    "-",
    "+1",
    "1.",
    ".5",
    "1e",
    "1e+",
    "0x1",
    "-01",
    "\"",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12g4\"",
    "\"\\u123",
    "\"\n\"",
    "\"\x1f\"",
    "'a'",
    "[1 2]",
    "[1}",
    "{\"a\":1]",
    "[\f]",
    "\xef\xbb\xbf{}",
    "{\"a\":1,,\"b\":2}",
    "NaN",
    "// x\n{}",
    "[\"a\":1]",
};

static bool is_json(const char *text, size_t length, size_t *count)
{
    struct json_span *spans = NULL;
    const enum json_status status = json_grammar_read(text, length, &spans, count);

    ck_assert_int_ne(status, JSON_NOMEM);
    ck_assert_int_eq(spans != NULL, status == JSON_OK);
    free(spans);
    return status == JSON_OK;
}

START_TEST(json_is_accepted)
{
    size_t tokens = 0;

    ck_assert_msg(is_json(valid[_i], strlen(valid[_i]), &tokens), "%s", valid[_i]);
}
END_TEST

START_TEST(what_only_looks_like_json_is_rejected)
{
    size_t tokens = 0;

    ck_assert_msg(!is_json(invalid[_i], strlen(invalid[_i]), &tokens), "%s", invalid[_i]);
    ck_assert_int_eq(parse(invalid[_i]), CONFIG_INVALID);
}
END_TEST

START_TEST(nul_bytes_are_rejected)
{
    size_t tokens = 0;

    ck_assert(!is_json("{}\0", 3, &tokens));
    ck_assert(!is_json("\"a\0b\"", 5, &tokens));
    ck_assert(!is_json("\0{}", 3, &tokens));
}
END_TEST

/* Each value and key: its text, its kind, and how many are inside it. */
static void assert_spans(const char *json, const char *expected)
{
    static const char kinds[] = {[JSON_NULL] = 'n',
                                 [JSON_SCALAR] = 's',
                                 [JSON_STRING] = '"',
                                 [JSON_ARRAY] = '[',
                                 [JSON_OBJECT] = '{'};
    struct json_span *spans = NULL;
    size_t count = 0;
    char *found = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&found, &size);

    ck_assert_int_eq(json_grammar_read(json, strlen(json), &spans, &count), JSON_OK);
    for (size_t i = 0; i < count; i++) {
        fprintf(stream, "%c%.*s %zu|", kinds[spans[i].kind], (int)(spans[i].end - spans[i].begin),
                json + spans[i].begin, spans[i].next - i - 1);
    }
    fclose(stream);
    ck_assert_str_eq(found, expected);
    free(found);
    free(spans);
}

START_TEST(spans_are_told)
{
    assert_spans("7", "s7 0|");
    assert_spans(" \n\"a\\\"b\"\t", "\"a\\\"b 0|");
    assert_spans("[]", "[[] 0|");
    assert_spans("{ }", "{{ } 0|");
    assert_spans("[[1,[null]],2]", "[[[1,[null]],2] 5|[[1,[null]] 3|s1 0|[[null] 1|nnull 0|s2 0|");
    assert_spans("{\"a\":[1,\"x\"] , \"b\":{\"c\":true}}",
                 "{{\"a\":[1,\"x\"] , \"b\":{\"c\":true}} 8|"
                 "\"a 3|[[1,\"x\"] 2|s1 0|\"x 0|\"b 3|{{\"c\":true} 2|\"c 1|strue 0|");
}
END_TEST

/* "[[[...]]]" of that depth. */
static char *nested(size_t depth)
{
    char *json = malloc(2 * depth + 1);

    ck_assert_ptr_nonnull(json);
    memset(json, '[', depth);
    memset(json + depth, ']', depth);
    json[2 * depth] = '\0';
    return json;
}

START_TEST(depth_is_limited_as_in_go)
{
    size_t tokens = 0;
    char *json = nested(10000);

    ck_assert(is_json(json, strlen(json), &tokens));
    ck_assert_uint_eq(tokens, 10000);
    free(json);
    json = nested(10001);
    ck_assert(!is_json(json, strlen(json), &tokens));
    free(json);
    json = nested(1 << 20);
    ck_assert(!is_json(json, strlen(json), &tokens));
    ck_assert_int_eq(parse(json), CONFIG_INVALID);
    free(json);
}
END_TEST

/* --- what is read --- */

START_TEST(configuration_of_a_release_is_read)
{
    ck_assert_int_eq(
        parse("{\"socket_path\":\"/tmp/box/net.sock\",\"mtu\":1500,"
              "\"host_ip\":\"192.168.127.254\",\"port_mappings\":[{\"host_port\":8080}],"
              "\"dns_zones\":[{\"name\":\"boxlite.internal.\",\"records\":[{\"name\":\"host\","
              "\"ip\":\"192.168.127.254\"}],\"default_ip\":\"\"},{\"name\":\"x.\","
              "\"default_ip\":\"1.1.1.1\"}],\"debug\":false,"
              "\"allow_net\":[\"api.example.com\",\"*.example.org\"]}"),
        CONFIG_OK);
    ck_assert(config.configured_first);
    ck_assert_uint_eq(config.allow_net_count, 2);
    ck_assert_str_eq(config.allow_net[0].text, "api.example.com");
    ck_assert_str_eq(config.allow_net[1].text, "*.example.org");
    ck_assert_uint_eq(config.zone_count, 2);
    ck_assert_str_eq(config.zones[0].name, "boxlite.internal.");
    ck_assert_str_eq(config.zones[0].default_ip, "");
    ck_assert_uint_eq(config.zones[0].record_count, 1);
    ck_assert_str_eq(config.zones[0].records[0].name, "host");
    ck_assert_str_eq(config.zones[0].records[0].ip, "192.168.127.254");
    ck_assert_str_eq(config.zones[1].default_ip, "1.1.1.1");
    ck_assert_uint_eq(config.zones[1].record_count, 0);
}
END_TEST

START_TEST(generation_0_8_has_no_host_ip)
{
    ck_assert_int_eq(parse("{\"dns_zones\":[],\"allow_net\":[\"a.b\"]}"), CONFIG_OK);
    ck_assert(!config.configured_first);
}
END_TEST

START_TEST(null_leaves_things_empty)
{
    ck_assert_int_eq(parse("{\"allow_net\":[null,\"a\"],\"dns_zones\":[null,{\"name\":null,"
                           "\"records\":null},{\"records\":[null,{\"name\":null,\"ip\":null}]}]}"),
                     CONFIG_OK);
    ck_assert_uint_eq(config.allow_net_count, 2);
    ck_assert_str_eq(config.allow_net[0].text, "");
    ck_assert_uint_eq(config.zone_count, 3);
    ck_assert_str_eq(config.zones[0].name, "");
    ck_assert_str_eq(config.zones[1].name, "");
    ck_assert_uint_eq(config.zones[2].record_count, 2);
    ck_assert_str_eq(config.zones[2].records[0].name, "");
    ck_assert_str_eq(config.zones[2].records[1].ip, "");
}
END_TEST

START_TEST(nothing_to_read_is_no_rules)
{
    static const char *const documents[] = {"null", "{}", "{\"allow_net\":null}",
                                            "{\"allow_net\":[],\"dns_zones\":null}",
                                            "{\"x\":{\"allow_net\":[\"a.b\"]}}"};

    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        ck_assert_int_eq(parse(documents[i]), CONFIG_OK);
        ck_assert_uint_eq(config.allow_net_count, 0);
        ck_assert_uint_eq(config.zone_count, 0);
        config_clear(&config);
    }
}
END_TEST

START_TEST(search_domains_are_read)
{
    ck_assert_int_eq(parse("{\"dns_search_domains\":[\"local\",null,\"a.b.\"]}"), CONFIG_OK);
    ck_assert_uint_eq(config.search_domain_count, 3);
    ck_assert_str_eq(config.search_domains[0].text, "local");
    ck_assert_str_eq(config.search_domains[1].text, "");
    ck_assert_str_eq(config.search_domains[2].text, "a.b.");
}
END_TEST

/* Two lists are no reason to refuse a box that would start: the zones of either do no harm. */
START_TEST(the_last_list_of_search_domains_counts)
{
    ck_assert_int_eq(parse("{\"dns_search_domains\":[\"x\",\"y\"],\"DNS_search_domains\":[\"z\"]}"),
                     CONFIG_OK);
    ck_assert_uint_eq(config.search_domain_count, 1);
    ck_assert_str_eq(config.search_domains[0].text, "z");
    config_clear(&config);
    ck_assert_int_eq(parse("{\"dns_search_domains\":[\"x\"],\"dns_search_domains\":null}"),
                     CONFIG_OK);
    ck_assert_uint_eq(config.search_domain_count, 0);
}
END_TEST

static const char *const wrong_types[] = {
    "[]",
    "\"allow_net\"",
    "1",
    "true",
    "{\"allow_net\":\"a\"}",
    "{\"allow_net\":{}}",
    "{\"allow_net\":[1]}",
    "{\"allow_net\":[\"a\",[]]}",
    "{\"dns_zones\":{}}",
    "{\"dns_zones\":[1]}",
    "{\"dns_zones\":[[]]}",
    "{\"dns_zones\":[{\"name\":1}]}",
    "{\"dns_zones\":[{\"default_ip\":[]}]}",
    "{\"dns_zones\":[{\"records\":{}}]}",
    "{\"dns_zones\":[{\"records\":[\"a\"]}]}",
    "{\"dns_zones\":[{\"records\":[{\"name\":true}]}]}",
    "{\"dns_zones\":[{\"records\":[{\"ip\":1}]}]}",
    "{\"host_ip\":1}",
    "{\"dns_search_domains\":\"local\"}",
    "{\"dns_search_domains\":[\"a\",1]}",
};

START_TEST(type_that_the_bridge_rejects_is_left_to_the_bridge)
{
    ck_assert_int_eq(parse(wrong_types[_i]), CONFIG_INVALID);
    ck_assert_uint_eq(config.allow_net_count, 0);
    ck_assert_ptr_null(config.zones);
}
END_TEST

START_TEST(other_keys_are_not_checked)
{
    ck_assert_int_eq(parse("{\"mtu\":\"x\",\"secrets\":1,\"socket_path\":[],"
                           "\"dns_zones\":[{\"regexp\":1,\"records\":[{\"x\":[{}]}]}]}"),
                     CONFIG_OK);
    ck_assert_uint_eq(config.zone_count, 1);
}
END_TEST

static const struct {
    const char *json;
    const char *key;
} twice[] = {
    {"{\"allow_net\":[],\"allow_net\":[]}", "allow_net"},
    {"{\"allow_net\":[\"a\"],\"mtu\":1,\"ALLOW_NET\":[\"b\"]}", "allow_net"},
    {"{\"allow_net\":null,\"allow_\\u006eet\":null}", "allow_net"},
    {"{\"dns_zones\":[],\"dn\xc5\xbf_zone\\u017f\":[]}", "dns_zones"},
    {"{\"host_ip\":\"1.1.1.1\",\"Host_IP\":\"2.2.2.2\"}", "host_ip"},
    {"{\"dns_zones\":[{\"name\":\"a.\",\"NAME\":\"b.\"}]}", "name"},
    {"{\"dns_zones\":[{\"records\":[],\"Records\":[]}]}", "records"},
    {"{\"dns_zones\":[{\"default_ip\":\"\",\"default_ip\":\"\"}]}", "default_ip"},
    {"{\"dns_zones\":[{\"records\":[{\"name\":\"a\",\"name\":\"b\"}]}]}", "name"},
    {"{\"dns_zones\":[{\"records\":[{\"ip\":\"a\",\"iP\":\"b\"}]}]}", "ip"},
};

START_TEST(key_given_twice_is_named)
{
    ck_assert_int_eq(parse(twice[_i].json), CONFIG_AMBIGUOUS);
    ck_assert_str_eq(duplicate, twice[_i].key);
    ck_assert_ptr_null(config.zones);
}
END_TEST

START_TEST(same_key_in_different_objects_is_no_duplicate)
{
    ck_assert_int_eq(parse("{\"dns_zones\":[{\"name\":\"a.\"},{\"name\":\"b.\",\"records\":"
                           "[{\"name\":\"x\"},{\"name\":\"y\"}]}],\"name\":1,\"records\":2,"
                           "\"mtu\":1,\"mtu\":2}"),
                     CONFIG_OK);
}
END_TEST

START_TEST(keys_match_as_go_folds_them)
{
    ck_assert_int_eq(parse("{\"ALLOW_net\":[\"a\"],\"\\u0064n\\u017F_zone\xc5\xbf\":[{\"Name\":\"k."
                           "\"}],\"HOST_IP\":\"\"}"),
                     CONFIG_OK);
    ck_assert_uint_eq(config.allow_net_count, 1);
    ck_assert_uint_eq(config.zone_count, 1);
    ck_assert_str_eq(config.zones[0].name, "k.");
    ck_assert(config.configured_first);
}
END_TEST

START_TEST(other_keys_do_not_match)
{
    ck_assert_int_eq(parse("{\"allow_net \":[\"a\"],\"allow_ne\":[\"a\"],\"allow-net\":[\"a\"],"
                           "\"allow_net\\u0000\":[\"a\"],\"a\\u0300llow_net\":[\"a\"],"
                           "\"dns_\xe2\x84\xaaones\":[{}],\"h\xc3\xb6st_ip\":1}"),
                     CONFIG_OK);
    ck_assert_uint_eq(config.allow_net_count, 0);
    ck_assert_uint_eq(config.zone_count, 0);
    ck_assert(!config.configured_first);
}
END_TEST

static const struct {
    const char *raw;
    const char *decoded;
} strings[] = {
    {"a\\u0041\\/\\\"\\\\", "aA/\"\\"},
    {"\\b\\f\\n\\r\\t", "\b\f\n\r\t"},
    {"\\u00e9\\u20AC", "\xc3\xa9\xe2\x82\xac"},
    {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
    {"\\uDBFF\\uDFFF", "\xf4\x8f\xbf\xbf"},
    {"\\ud800x", "\xef\xbf\xbdx"},
    {"\\udc00\\ud800", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"\\ud800\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
    {"\\ud83d\\u0041", "\xef\xbf\xbd"
                       "A"},
    {"\xff\xc3(", "\xef\xbf\xbd\xef\xbf\xbd("},
    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xc0\xaf\xf5\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xef\xbf\xbd\xe2\x82\xac", "\xef\xbf\xbd\xe2\x82\xac"},
};

START_TEST(strings_decode_as_in_go)
{
    char json[200];

    (void)snprintf(json, sizeof(json), "{\"allow_net\":[\"%s\"]}", strings[_i].raw);
    ck_assert_int_eq(parse(json), CONFIG_OK);
    ck_assert_str_eq(config.allow_net[0].text, strings[_i].decoded);
    ck_assert_uint_eq(config.allow_net[0].length, strlen(strings[_i].decoded));
}
END_TEST

START_TEST(escaped_nul_cuts_nothing_off)
{
    ck_assert_int_eq(parse("{\"allow_net\":[\"a\\u0000b\"],"
                           "\"dns_zones\":[{\"name\":\"com.\\u0000x\"}]}"),
                     CONFIG_OK);
    ck_assert_uint_eq(config.allow_net[0].length, 3);
    ck_assert_int_eq(memcmp(config.allow_net[0].text, "a\0b", 4), 0);
    /* must not become "com.", which would match */
    ck_assert_uint_eq(strlen(config.zones[0].name), 6);
}
END_TEST

/* --- splice --- */

static const struct {
    const char *json;
    const char *expected;
} splices[] = {
    {"{\"a\":1,\"dns_zones\":[{\"name\":\"x\"}],\"b\":2}", "{\"a\":1,\"dns_zones\":[Z],\"b\":2}"},
    {"{\"dns_zones\":null}", "{\"dns_zones\":[Z]}"},
    {" {\n\"DNS_Zones\" :\t[ ] , \"secret\":\"\\u0041\xff\" }\n",
     " {\n\"DNS_Zones\" :\t[Z] , \"secret\":\"\\u0041\xff\" }\n"},
    {"{}", "{\"dns_zones\":[Z]}"},
    {"{ \n }", "{\"dns_zones\":[Z] \n }"},
    {"  {\"mtu\":1}", "  {\"dns_zones\":[Z],\"mtu\":1}"},
    {"{ \"mtu\":{\"dns_zones\":[]}}", "{\"dns_zones\":[Z], \"mtu\":{\"dns_zones\":[]}}"},
};

START_TEST(splice_changes_nothing_but_the_zones)
{
    size_t length = 0;
    char *spliced = NULL;

    ck_assert_int_eq(parse(splices[_i].json), CONFIG_OK);
    spliced = config_splice(&config, splices[_i].json, strlen(splices[_i].json), "[Z]", 3, &length);
    ck_assert_str_eq(spliced, splices[_i].expected);
    ck_assert_uint_eq(length, strlen(splices[_i].expected));
    free(spliced);
}
END_TEST

START_TEST(cleared_configuration_can_be_cleared_again)
{
    ck_assert_int_eq(parse("{\"allow_net\":[\"a\"],\"dns_zones\":[{\"records\":[{}]}]}"),
                     CONFIG_OK);
    config_clear(&config);
    ck_assert_ptr_null(config.allow_net);
    config_clear(&config);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

int main(void)
{
    TCase *cases = tcase_create("config");

    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_loop_test(cases, json_is_accepted, 0, COUNT(valid));
    tcase_add_loop_test(cases, what_only_looks_like_json_is_rejected, 0, COUNT(invalid));
    tcase_add_test(cases, nul_bytes_are_rejected);
    tcase_add_test(cases, spans_are_told);
    tcase_add_test(cases, depth_is_limited_as_in_go);
    tcase_add_test(cases, configuration_of_a_release_is_read);
    tcase_add_test(cases, generation_0_8_has_no_host_ip);
    tcase_add_test(cases, null_leaves_things_empty);
    tcase_add_test(cases, nothing_to_read_is_no_rules);
    tcase_add_test(cases, search_domains_are_read);
    tcase_add_test(cases, the_last_list_of_search_domains_counts);
    tcase_add_loop_test(cases, type_that_the_bridge_rejects_is_left_to_the_bridge, 0,
                        COUNT(wrong_types));
    tcase_add_test(cases, other_keys_are_not_checked);
    tcase_add_loop_test(cases, key_given_twice_is_named, 0, COUNT(twice));
    tcase_add_test(cases, same_key_in_different_objects_is_no_duplicate);
    tcase_add_test(cases, keys_match_as_go_folds_them);
    tcase_add_test(cases, other_keys_do_not_match);
    tcase_add_loop_test(cases, strings_decode_as_in_go, 0, COUNT(strings));
    tcase_add_test(cases, escaped_nul_cuts_nothing_off);
    tcase_add_loop_test(cases, splice_changes_nothing_but_the_zones, 0, COUNT(splices));
    tcase_add_test(cases, cleared_configuration_can_be_cleared_again);
    return run_cases("config", cases);
}
