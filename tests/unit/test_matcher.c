/*
 * The matcher, and the differential proof: random rule sets through the whole of zones/ and the
 * matcher, against what an allowlist means. TEST_SEED and TEST_CASES choose other cases and more of
 * them.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/allow_model.h"
#include "tests/unit/run.h"
#include "zones/allowlist.h"
#include "zones/config.h"
#include "zones/matcher.h"
#include "zones/zones.h"

enum { CASES = 25000, SABOTAGED_CASES = 2000 };

typedef void sabotage_fn(struct zones *zones, const struct model_case *model);

static unsigned long long seed_of_run(void)
{
    const char *text = getenv("TEST_SEED");

    return text == NULL ? 1 : strtoull(text, NULL, 10);
}

static void read_config(const struct model_case *model, struct config *out)
{
    const char *duplicate = NULL;
    char *json = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&json, &length);

    ck_assert_ptr_nonnull(stream);
    model_print_config(model, stream);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_int_eq(config_parse(json, length, out, &duplicate), CONFIG_OK);
    free(json);
}

static void fill_answers(const struct model_case *model, struct allowlist *list)
{
    for (size_t i = 0; i < list->host_count; i++) {
        struct allow_host *host = &list->hosts[i];
        char ip[MODEL_ANSWER];

        if (!host->configured && model_answer(model, host->name, ip)) {
            ck_assert_int_eq(inet_pton(AF_INET, ip, &host->address), 1);
            host->answered = true;
        }
    }
}

/* The zones of `config` as JSON, and what the bridge reads there, the caller's to clear. */
static void hand_on(const struct zones *zones, struct config *out)
{
    const char *duplicate = NULL;
    char *text = NULL;
    char *json = NULL;
    size_t length = 0;

    json = zones_to_json(zones, &length);
    ck_assert_ptr_nonnull(json);
    ck_assert_uint_eq(strlen(json), length);
    ck_assert_int_gt(asprintf(&text, "{\"dns_zones\":%s}", json), 0);
    ck_assert_int_eq(config_parse(text, strlen(text), out, &duplicate), CONFIG_OK);
    free(text);
    free(json);
}

/* Rules to zones to JSON to the matcher. */
static void build(const struct model_case *model, sabotage_fn *sabotage, struct config *out)
{
    const char *const guest_search[] = {model->search[0], NULL};
    struct config config;
    struct allowlist list;
    struct zones zones;

    read_config(model, &config);
    ck_assert_int_eq(allowlist_read(&config, true, &list), 0);
    ck_assert_uint_eq(list.bad_count, 0);
    fill_answers(model, &list);
    ck_assert_int_eq(zones_build(&config, &list, guest_search, &zones), 0);
    if (sabotage != NULL) {
        sabotage(&zones, model);
    }
    hand_on(&zones, out);
    zones_clear(&zones);
    allowlist_clear(&list);
    config_clear(&config);
}

/* What the matcher says, as the model words it. */
static void ask(const struct config *after, const char *name, char out[MODEL_ANSWER])
{
    struct matcher_answer answer;

    matcher_ask(after->zones, after->zone_count, name, &answer);
    switch (answer.told) {
    case MATCHER_ADDRESS:
    case MATCHER_SINKHOLE:
        ck_assert_ptr_nonnull(inet_ntop(AF_INET, &answer.address, out, MODEL_ANSWER));
        break;
    case MATCHER_NXDOMAIN:
        (void)snprintf(out, MODEL_ANSWER, "NXDOMAIN");
        break;
    case MATCHER_NO_ADDRESS:
        (void)snprintf(out, MODEL_ANSWER, "no address");
        break;
    case MATCHER_UPSTREAM:
        (void)snprintf(out, MODEL_ANSWER, "UPSTREAM");
        break;
    }
}

static bool denies(const char *answer)
{
    return strcmp(answer, "NXDOMAIN") == 0 || strcmp(answer, "0.0.0.0") == 0;
}

/* What a guest's libc makes of a name: it goes on where it hears NXDOMAIN. */
static void resolve(const struct model_case *model, const struct config *after, const char *query,
                    char out[MODEL_ANSWER])
{
    char names[MODEL_SEARCH + 1][2 * MODEL_NAME];
    const size_t count = model_search(model, query, names);

    for (size_t i = 0; i < count; i++) {
        ask(after, names[i], out);
        if (strcmp(out, "NXDOMAIN") != 0) {
            return;
        }
    }
}

/*
 * Whether that is right: the address of the first name in libc's order that has one, denied where
 * none has. Of a name with a dot that is denied by an address, no other is asked for.
 */
static bool resolves_right(const struct model_case *model, const char *query, const char *got)
{
    char names[MODEL_SEARCH + 1][2 * MODEL_NAME];
    size_t count = model_search(model, query, names);
    char expected[MODEL_ANSWER];

    model_expect(model, query, expected);
    if (strchr(query, '.') != NULL && strcmp(expected, "0.0.0.0") == 0) {
        return strcmp(got, expected) == 0;
    }
    for (size_t i = 0; i < count; i++) {
        model_expect(model, names[i], expected);
        if (!denies(expected)) {
            return strcmp(got, expected) == 0;
        }
    }
    /* What does not exist by its own name does not exist. */
    model_expect(model, query, expected);
    return strcmp(expected, "NXDOMAIN") == 0 ? strcmp(got, expected) == 0 : denies(got);
}

/* Number of questions answered otherwise than they should be; the first is shown if asked for. */
static size_t mismatches(uint64_t seed, sabotage_fn *sabotage, bool show)
{
    static struct model_case model;
    struct config after;
    size_t count = 0;

    model_make(&model, seed);
    build(&model, sabotage, &after);
    for (size_t i = 0; i < model.query_count; i++) {
        char expected[MODEL_ANSWER];
        char got[MODEL_ANSWER];

        model_expect(&model, model.queries[i], expected);
        ask(&after, model.queries[i], got);
        if (strcmp(expected, got) == 0) {
            resolve(&model, &after, model.queries[i], got);
            if (resolves_right(&model, model.queries[i], got)) {
                continue;
            }
        }
        if (show && count == 0) {
            (void)printf("seed %llu: %s is %s, should be %s\n", (unsigned long long)seed,
                         model.queries[i], got, expected);
            model_print_case(&model, stdout);
        }
        count++;
    }
    config_clear(&after);
    return count;
}

START_TEST(zones_mean_what_the_allowlist_means)
{
    unsigned long long seed = seed_of_run();
    unsigned long long cases = test_cases(CASES);
    size_t wrong = 0;

    (void)printf("TEST_SEED=%llu TEST_CASES=%llu\n", seed, cases);
    for (unsigned long long i = 0; i < cases; i++) {
        wrong += mismatches(seed + i, NULL, wrong == 0);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* --- the same with zones spoilt, which has to be noticed --- */

static bool is_configured(const struct model_case *model, const char *zone)
{
    for (size_t i = 0; i < model->zone_count; i++) {
        if (strcmp(model->zones[i].name, zone) == 0) {
            return true;
        }
    }
    return false;
}

static void turn_order_round(struct zones *zones, const struct model_case *model)
{
    (void)model;
    for (size_t i = 0; i < zones->count / 2; i++) {
        struct zone other = zones->list[i];

        zones->list[i] = zones->list[zones->count - 1 - i];
        zones->list[zones->count - 1 - i] = other;
    }
}

static void swap_first_two(struct zones *zones, const struct model_case *model)
{
    (void)model;
    if (zones->count > 1) {
        struct zone first = zones->list[0];

        zones->list[0] = zones->list[1];
        zones->list[1] = first;
    }
}

static void forget_inheritance(struct zones *zones, const struct model_case *model)
{
    for (size_t i = 0; i < zones->count; i++) {
        bool own = is_configured(model, zones->list[i].name);

        for (size_t j = 0; j < model->rule_count; j++) {
            const struct model_rule *rule = &model->rules[j];
            size_t length = strlen(rule->written);

            own = own || (rule->wildcard &&
                          (strncmp(rule->written, zones->list[i].name, length) == 0 ||
                           strncmp(rule->lower, zones->list[i].name, length) == 0) &&
                          strlen(zones->list[i].name) == length + 1);
        }
        if (!own) {
            free(zones->list[i].default_ip);
            zones->list[i].default_ip = strdup("0.0.0.0");
        }
    }
}

/* Takes away the records for which `unwanted` holds. */
static void drop_records(struct zone *zone, bool (*unwanted)(const struct zone_record *record))
{
    size_t kept = 0;

    for (size_t i = 0; i < zone->record_count; i++) {
        if (unwanted(&zone->records[i])) {
            free(zone->records[i].name);
            free(zone->records[i].ip);
        } else {
            zone->records[kept++] = zone->records[i];
        }
    }
    zone->record_count = kept;
}

static bool comes_from_a_configured_record(const struct zone_record *record)
{
    return strncmp(record->ip, "172.16.", 7) == 0;
}

static void forget_repeated_records(struct zones *zones, const struct model_case *model)
{
    for (size_t i = 0; i < zones->count; i++) {
        if (!is_configured(model, zones->list[i].name)) {
            drop_records(&zones->list[i], comes_from_a_configured_record);
        }
    }
}

static bool has_upper_case(const struct zone_record *record)
{
    return strpbrk(record->name, "ABCXY") != NULL;
}

static void forget_upper_case(struct zones *zones, const struct model_case *model)
{
    for (size_t i = 0; i < zones->count; i++) {
        if (!is_configured(model, zones->list[i].name)) {
            drop_records(&zones->list[i], has_upper_case);
        }
    }
}

/* As if nobody had heard of search lists: what they need is denied by an address. */
static void forget_search(struct zones *zones, const struct model_case *model)
{
    for (size_t i = 0; i < zones->count; i++) {
        const char *name = zones->list[i].name;

        if (!is_configured(model, name) && zones->list[i].default_ip[0] == '\0' &&
            !model->lenient) {
            free(zones->list[i].default_ip);
            zones->list[i].default_ip = strdup("0.0.0.0");
        }
    }
}

static const struct {
    const char *what;
    sabotage_fn *spoil;
} sabotages[] = {
    {"order turned round", turn_order_round},
    {"first two zones swapped", swap_first_two},
    {"inheritance forgotten", forget_inheritance},
    {"repeated records forgotten", forget_repeated_records},
    {"names as written forgotten", forget_upper_case},
    {"search lists forgotten", forget_search},
};

START_TEST(spoilt_zones_are_noticed)
{
    unsigned long long seed = seed_of_run();
    unsigned long long cases = 0;
    size_t wrong = 0;

    while (wrong == 0 && cases < SABOTAGED_CASES) {
        wrong = mismatches(seed + cases++, sabotages[_i].spoil, false);
    }
    (void)printf("%s: noticed by case %llu\n", sabotages[_i].what, cases);
    ck_assert_uint_gt(wrong, 0);
}
END_TEST

/* --- the matcher itself; tests/e2e has the real one answer as the model does --- */

START_TEST(the_first_zone_that_fits_answers_alone)
{
    static const char json[] =
        "{\"dns_zones\":[{\"name\":\"b.c.\",\"records\":[{\"name\":\"a\",\"ip\":\"1.1.1.1\"},"
        "{\"name\":\"a\",\"ip\":\"2.2.2.2\"},{\"name\":\"six\",\"ip\":\"2001:db8::1\"},"
        "{\"name\":\"bad\",\"ip\":\"x\"},{\"name\":\"\",\"ip\":\"5.5.5.5\"}],\"default_ip\":\"\"},"
        "{\"name\":\"c.\",\"records\":[{\"name\":\"z.b\",\"ip\":\"3.3.3.3\"},"
        "{\"name\":\"b\",\"ip\":\"4.4.4.4\"}],\"default_ip\":\"9.9.9.9\"},"
        "{\"name\":\"six.\",\"default_ip\":\"::1\"},{\"name\":\"undotted\"},{\"name\":\".\"}]}";
    static const char *const answers[][2] = {
        {"a.b.c", "1.1.1.1"},      {"z.b.c", "NXDOMAIN"}, {"b.c", "4.4.4.4"},
        {"A.b.c", "NXDOMAIN"},     {"x.c", "9.9.9.9"},    {"c", "UPSTREAM"},
        {"a.xc", "UPSTREAM"},      {"a.b.C", "UPSTREAM"}, {"six.b.c", "0.0.0.0"},
        {"bad.b.c", "no address"}, {"x.six", "0.0.0.0"},  {"x.undotted", "UPSTREAM"},
    };
    const char *duplicate = NULL;
    struct config after;

    ck_assert_int_eq(config_parse(json, strlen(json), &after, &duplicate), CONFIG_OK);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        char got[MODEL_ANSWER];

        ask(&after, answers[i][0], got);
        ck_assert_str_eq(got, answers[i][1]);
    }
    config_clear(&after);
}
END_TEST

START_TEST(a_record_of_any_name_answers_for_all_of_its_zone)
{
    char text[] = "d.", nothing[] = "", sinkhole[] = "0.0.0.0", one[] = "1.1.1.1", a[] = "a";
    struct zone_record records[] = {{NULL, nothing}, {a, one}};
    struct zone zone = {
        .name = text, .default_ip = sinkhole, .records = records, .record_count = 2};
    struct matcher_answer answer;

    matcher_ask(&zone, 1, "a.d", &answer);
    ck_assert_int_eq(answer.told, MATCHER_NO_ADDRESS);
    ck_assert_uint_eq(answer.zone, 0);
    ck_assert_uint_eq(answer.record, 0);
    matcher_ask(&zone, 1, "a.e", &answer);
    ck_assert_int_eq(answer.told, MATCHER_UPSTREAM);
    ck_assert_uint_eq(answer.zone, MATCHER_NONE);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("matcher");

    tcase_add_test(cases, the_first_zone_that_fits_answers_alone);
    tcase_add_test(cases, a_record_of_any_name_answers_for_all_of_its_zone);
    tcase_add_test(cases, zones_mean_what_the_allowlist_means);
    tcase_add_loop_test(cases, spoilt_zones_are_noticed, 0,
                        (int)(sizeof(sabotages) / sizeof(sabotages[0])));
    return run_cases("matcher", cases);
}
