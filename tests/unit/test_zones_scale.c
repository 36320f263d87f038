/*
 * Cost against size. No verdict on seconds: ten times the rules may not cost thirty times the CPU
 * time, where quadratic work would cost a hundred times. The times are printed.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/run.h"
#include "zones/allowlist.h"
#include "zones/config.h"
#include "zones/zones.h"

static const char *const guest_search[] = {"localdomain", NULL};

enum { SMALL = 2000, FACTOR = 10, TOLERATED = 30, ROUNDS = 5 };

typedef int entry_fn(char *out, size_t room, int number);

static int distinct_zones(char *out, size_t room, int number)
{
    return snprintf(out, room, "\"%shost.zone%d.example%d.com\"", number % 10 == 0 ? "*." : "",
                    number, number % 100);
}

static int one_zone(char *out, size_t room, int number)
{
    return snprintf(out, room, "\"Host%d.example.com:443\"", number);
}

static int one_host(char *out, size_t room, int number)
{
    return snprintf(out, room, "\"%s.example.com\"", number % 2 == 0 ? "a" : "*");
}

static int deep_names(char *out, size_t room, int number)
{
    return snprintf(out, room, "\"x%d.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.y%d.z\"",
                    number, number / 2);
}

static int mistakes(char *out, size_t room, int number)
{
    return snprintf(out, room, "\"https://host%d.example.com/path\"", number);
}

static const struct {
    const char *what;
    entry_fn *entry;
} shapes[] = {
    {"distinct zones", distinct_zones}, {"one zone", one_zone}, {"one host", one_host},
    {"deep names", deep_names},         {"mistakes", mistakes},
};

/* Rules, and as many configured records that are hidden by their zones. */
static char *make_json(entry_fn *entry, int count)
{
    size_t room = (size_t)count * 200 + 200;
    char *json = malloc(room);
    size_t length = 0;

    ck_assert_ptr_nonnull(json);
    length += (size_t)snprintf(json, room, "{\"dns_zones\":[{\"name\":\"com.\",\"records\":[");
    for (int i = 0; i < count; i++) {
        length += (size_t)snprintf(json + length, room - length,
                                   "%s{\"name\":\"r%d.zone%d.example1\",\"ip\":\"1.2.3.4\"}",
                                   i == 0 ? "" : ",", i, i);
    }
    length += (size_t)snprintf(json + length, room - length, "]}],\"allow_net\":[");
    for (int i = 0; i < count; i++) {
        length += (size_t)snprintf(json + length, room - length, "%s", i == 0 ? "" : ",");
        length += (size_t)entry(json + length, room - length, i);
    }
    (void)snprintf(json + length, room - length, "]}");
    return json;
}

static double cpu_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void run(const char *json)
{
    struct config config;
    struct allowlist list;
    struct zones zones;
    const char *duplicate = NULL;
    char *why = NULL;
    char *array = NULL;
    size_t length = 0;

    ck_assert_int_eq(config_parse(json, strlen(json), &config, &duplicate), CONFIG_OK);
    ck_assert_int_eq(allowlist_read(&config, true, &list), 0);
    ck_assert_int_eq(allowlist_legacy_fault(&list, &why), 0);
    for (size_t i = 0; i < list.host_count; i++) {
        list.hosts[i].answered = true;
        list.hosts[i].address.s_addr = htonl(0x0a000001);
    }
    ck_assert_int_eq(zones_build(&config, &list, guest_search, &zones), 0);
    array = zones_to_json(&zones, &length);
    ck_assert_ptr_nonnull(array);
    free(array);
    free(why);
    zones_clear(&zones);
    allowlist_clear(&list);
    config_clear(&config);
}

/* The least of several rounds, which other load on the machine disturbs least. */
static double cost(entry_fn *entry, int count)
{
    char *json = make_json(entry, count);
    double least = 0;

    for (int i = 0; i < ROUNDS; i++) {
        double begin = cpu_ms();
        double took = 0;

        run(json);
        took = cpu_ms() - begin;
        least = i == 0 || took < least ? took : least;
    }
    free(json);
    return least;
}

START_TEST(cost_grows_with_the_number_of_rules)
{
    double small = cost(shapes[_i].entry, SMALL);
    double large = cost(shapes[_i].entry, SMALL * FACTOR);

    (void)printf("%s: %d rules %.2f ms, %d rules %.2f ms\n", shapes[_i].what, SMALL, small,
                 SMALL * FACTOR, large);
    ck_assert_double_lt(large, small * TOLERATED);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("zones scale");

    tcase_add_loop_test(cases, cost_grows_with_the_number_of_rules, 0,
                        (int)(sizeof(shapes) / sizeof(shapes[0])));
    return run_cases("zones scale", cases);
}
