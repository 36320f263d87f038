/*
 * What launch makes for attach while memory is short: lists of words, the configuration found in a
 * spec, the handover. The n-th allocation fails, once or from then on, for every n: the result is
 * whole or there is none, and nothing is left.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/words.h"
#include "shim/boxlite/spec.h"
#include "shim/plan/handover.h"
#include "tests/support/failing_alloc.h"
#include "tests/unit/run.h"

enum outcome { DONE, SHORT_OF_MEMORY, WRONG };

/* As many as make the list grow several times, some of them owned. */
static enum outcome make_words(void)
{
    enum { COUNT = 40 };
    static char *const more[] = {(char *)"m0", (char *)"m1", (char *)"m2", NULL};
    enum outcome outcome = SHORT_OF_MEMORY;
    struct words words = {0};
    char *owned[COUNT];
    size_t taken = 0;

    for (size_t i = 0; i < COUNT; i++) {
        words_add_all(&words, more);
        owned[taken] = strdup("o");
        words_take(&words, owned[taken]);
        taken += !words.failed;
    }
    if (!words.failed) {
        outcome = words.count == 4 * COUNT && words.list[4 * COUNT] == NULL ? DONE : WRONG;
        for (size_t i = 0; i < words.count; i++) {
            if (strcmp(words.list[i], i % 4 == 3 ? "o" : more[i % 4]) != 0) {
                outcome = WRONG;
            }
        }
    }
    for (size_t i = 0; i < taken; i++) {
        free(owned[i]);
    }
    free(words.list);
    return outcome;
}

static enum outcome read_spec(void)
{
    static const char spec[] = "{\"network_config\":{\"socket_path\":\"/s\",\"allow_net\":"
                               "[\"api.example\",\"*.wild.example\"]},\"other\":[1,{\"a\":null}]}";
    struct spec read;
    const enum spec_status status = spec_read(spec, strlen(spec), &read);
    enum outcome outcome = WRONG;

    if (status == SPEC_READ) {
        outcome = read.config.allow_net_count == 2 && read.config.zone_count == 1 &&
                          read.config.configured_first &&
                          strcmp(read.config.allow_net[0].text, "api.example") == 0 &&
                          strcmp(read.config.allow_net[1].text, "*.wild.example") == 0
                      ? DONE
                      : WRONG;
    } else if (status == SPEC_NOMEM && read.config.allow_net == NULL && read.config.zones == NULL) {
        outcome = SHORT_OF_MEMORY;
    }
    config_clear(&read.config);
    return outcome;
}

static struct in_addr addresses[3];
static char *environment[] = {(char *)"BOXLITE_ALLOWNET_LOG=debug",
                              (char *)"BOXLITE_ALLOWNET_SERVERS=a\nb\\", NULL};
static struct resolver_host hosts[] = {
    {.name = "b.example",
     .outcome = RESOLVER_RESOLVED,
     .addresses = addresses,
     .address_count = 3,
     .attempts = 1},
    {.name = "dead.example", .outcome = RESOLVER_NO_ANSWER, .attempts = 4},
    {.name = "a.example",
     .outcome = RESOLVER_RESOLVED,
     .addresses = addresses,
     .address_count = 1,
     .attempts = 1},
};
static struct log_lines_entry logs[] = {{LOG_LEVEL_WARN, (char *)"one"},
                                        {LOG_LEVEL_INFO, (char *)"two\n"},
                                        {LOG_LEVEL_INFO, (char *)""}};
static const struct handover given = {.environment = {.list = environment, .count = 2},
                                      .answers = {.hosts = hosts, .count = 3},
                                      .logs = {.list = logs, .count = 3}};

static bool is_whole(const struct handover *got)
{
    return got->environment.count == 2 && strcmp(got->environment.list[1], environment[1]) == 0 &&
           got->environment.list[2] == NULL && got->answers.count == 3 &&
           answers_find(&got->answers, "b.example")->address_count == 3 && got->logs.count == 3 &&
           strcmp(got->logs.list[1].text, "two\n") == 0;
}

static enum outcome hand_over(void)
{
    const int descriptor = handover_write(&given);
    struct handover got;
    enum outcome outcome = WRONG;

    if (descriptor < 0) {
        return errno == ENOMEM ? SHORT_OF_MEMORY : WRONG;
    }
    if (handover_read(descriptor, &got) != 0) {
        return errno == ENOMEM && got.answers.hosts == NULL && got.answers.count == 0
                   ? SHORT_OF_MEMORY
                   : WRONG;
    }
    if (is_whole(&got)) {
        outcome = DONE;
    }
    handover_clear(&got);
    return outcome;
}

static enum outcome (*const works[])(void) = {make_words, read_spec, hand_over};

static void assert_survived(enum outcome (*work)(void), size_t nth, bool stays)
{
    enum outcome outcome;

    if (stays) {
        failing_alloc_start_from(nth);
    } else {
        failing_alloc_start(nth);
    }
    outcome = work();
    ck_assert_uint_ge(failing_alloc_stop(), nth); /* it was reached */
    ck_assert_msg(outcome == SHORT_OF_MEMORY, "allocation %zu: outcome %d", nth, outcome);
    ck_assert_msg(failing_alloc_live() == 0, "allocation %zu: %ld left", nth, failing_alloc_live());
}

START_TEST(any_allocation_may_fail)
{
    enum outcome outcome;
    size_t total;

    inet_pton(AF_INET, "192.0.2.1", &addresses[0]);
    inet_pton(AF_INET, "192.0.2.2", &addresses[1]);
    inet_pton(AF_INET, "192.0.2.3", &addresses[2]);
    failing_alloc_start(0);
    outcome = works[_i]();
    total = failing_alloc_stop();
    ck_assert_int_eq(outcome, DONE);
    ck_assert_int_eq(failing_alloc_live(), 0);
    ck_assert_uint_ge(total, 2);
    for (size_t nth = 1; nth <= total; nth++) {
        assert_survived(works[_i], nth, false);
        assert_survived(works[_i], nth, true);
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("launch memory");

    tcase_add_loop_test(tests, any_allocation_may_fail, 0, sizeof(works) / sizeof(works[0]));
    return run_cases("launch memory", tests);
}
