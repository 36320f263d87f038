/* What launch hands to attach: written, read back, and rejected where it is anything else. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/plan/handover.h"
#include "shim/plan/settings.h"
#include "tests/unit/run.h"

static char *environment[] = {"BOXLITE_ALLOWNET_LOG=debug",
                              "BOXLITE_ALLOWNET_SERVERS=a\nlog 4 b\\n", NULL};
static struct in_addr addresses[2];
static struct resolver_host hosts[] = {
    {.name = "z.example",
     .outcome = RESOLVER_RESOLVED,
     .attempts = 3,
     .addresses = addresses,
     .address_count = 2},
    {.name = "a.example", .outcome = RESOLVER_UNREACHABLE, .attempts = 4, .no_nameserver = true},
    {.name = "late.example", .outcome = RESOLVER_UNTRIED, .out_of_budget = true},
};
static struct log_lines_entry logs[] = {{LOG_LEVEL_WARN, "first \\ line"}, {LOG_LEVEL_INFO, ""}};
static const struct handover full = {
    .environment = {.list = environment, .count = 2},
    .answers = {.hosts = hosts, .count = 3},
    .logs = {.list = logs, .count = 2},
};

static void set_up(void)
{
    inet_pton(AF_INET, "192.0.2.1", &addresses[0]);
    inet_pton(AF_INET, "192.0.2.2", &addresses[1]);
}

static int descriptor_with(const char *text)
{
    const int descriptor = memfd_create("test", 0);

    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    return descriptor;
}

START_TEST(what_was_written_is_read_back)
{
    struct handover got;
    const int descriptor = handover_write(&full);

    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(handover_read(descriptor, &got), 0);
    ck_assert_uint_eq(got.environment.count, 2);
    ck_assert_str_eq(got.environment.list[0], environment[0]);
    ck_assert_str_eq(got.environment.list[1], environment[1]);
    ck_assert_ptr_null(got.environment.list[2]);
    ck_assert_uint_eq(got.answers.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct resolver_host *const host = answers_find(&got.answers, hosts[i].name);

        ck_assert_str_eq(host->name, hosts[i].name);
        ck_assert_int_eq(host->outcome, hosts[i].outcome);
        ck_assert_uint_eq(host->attempts, hosts[i].attempts);
        ck_assert_int_eq(host->out_of_budget, hosts[i].out_of_budget);
        ck_assert_int_eq(host->no_nameserver, hosts[i].no_nameserver);
        ck_assert_uint_eq(host->address_count, hosts[i].address_count);
    }
    ck_assert_mem_eq(answers_find(&got.answers, "z.example")->addresses, addresses,
                     sizeof(addresses));
    ck_assert_uint_eq(got.logs.count, 2);
    ck_assert_int_eq(got.logs.list[0].level, LOG_LEVEL_WARN);
    ck_assert_str_eq(got.logs.list[0].text, "first \\ line");
    ck_assert_str_eq(got.logs.list[1].text, "");
    handover_clear(&got);
}
END_TEST

START_TEST(an_empty_handover_is_one)
{
    const struct handover empty = {0};
    struct handover got;

    ck_assert_int_eq(handover_read(handover_write(&empty), &got), 0);
    ck_assert_uint_eq(got.environment.count + got.answers.count + got.logs.count, 0);
    handover_clear(&got);
}
END_TEST

START_TEST(many_of_each_are_kept)
{
    enum { MANY = 1000 };
    static struct resolver_host many_hosts[MANY];
    static struct log_lines_entry many_logs[MANY];
    static char *many_variables[MANY + 1];
    static char names[MANY][32];
    const struct handover many = {.environment = {.list = many_variables, .count = MANY},
                                  .answers = {.hosts = many_hosts, .count = MANY},
                                  .logs = {.list = many_logs, .count = MANY}};
    struct handover got;

    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "h%d.example", i);
        many_variables[i] = many_logs[i].text = names[i];
        many_hosts[i].name = names[i];
    }
    ck_assert_int_eq(handover_read(handover_write(&many), &got), 0);
    ck_assert_uint_eq(got.environment.count, MANY);
    ck_assert_uint_eq(got.answers.count, MANY);
    ck_assert_uint_eq(got.logs.count, MANY);
    for (int i = 0; i < MANY; i++) {
        ck_assert_str_eq(got.environment.list[i], names[i]);
        ck_assert_str_eq(answers_find(&got.answers, names[i])->name, names[i]);
        ck_assert_str_eq(got.logs.list[i].text, names[i]);
    }
    ck_assert_ptr_null(got.environment.list[MANY]);
    handover_clear(&got);
}
END_TEST

/* From Linux 6.3 on. */
static bool files_can_be_sealed_against_execution(void)
{
    const int probe = memfd_create("probe", 0x0008U /* MFD_NOEXEC_SEAL */);

    if (probe >= 0) {
        close(probe);
    }
    return probe >= 0;
}

START_TEST(the_descriptor_survives_exec_and_cannot_be_written)
{
    const int descriptor = handover_write(&full);
    struct stat status;

    ck_assert_int_ge(descriptor, 10);
    ck_assert_int_eq(fstat(descriptor, &status), 0);
    ck_assert_int_eq(status.st_mode & 07777, 0600);
    if (files_can_be_sealed_against_execution()) {
        ck_assert_int_eq(fchmod(descriptor, 0700), -1);
    }
    ck_assert_int_eq(fcntl(descriptor, F_GETFD), 0);
    ck_assert_int_eq(lseek(descriptor, 0, SEEK_CUR), 0);
    ck_assert_int_eq(pwrite(descriptor, "x", 1, 0), -1);
    ck_assert_int_eq(ftruncate(descriptor, 0), -1);
    close(descriptor);
}
END_TEST

START_TEST(reading_closes_the_descriptor)
{
    struct handover got;
    const int good = handover_write(&full);
    const int bad = descriptor_with("nothing of ours\n");

    ck_assert_int_eq(handover_read(good, &got), 0);
    handover_clear(&got);
    ck_assert_int_eq(fcntl(good, F_GETFD), -1);
    ck_assert_int_eq(handover_read(bad, &got), -1);
    ck_assert_int_eq(fcntl(bad, F_GETFD), -1);
}
END_TEST

static const char *const no_handovers[] = {
    "x",
    "boxlite-allownet handover 2\n",
    "boxlite-allownet handover 1\nend\n",
    "boxlite-allownet handover 2\nend",
    "boxlite-allownet handover 2\nend\nend\n",
    "boxlite-allownet handover 2\nsurprise\nend\n",
    "boxlite-allownet handover 2\nhost\nend\n",
    "boxlite-allownet handover 2\nhost a\nend\n",
    "boxlite-allownet handover 2\nhost a 1 1 0 0 0 0 0\nend\n",
    "boxlite-allownet handover 2\nhost a 1 1 0 0 0 0 0 \nend\n",
    "boxlite-allownet handover 2\nhost a 1 1 0 0 0 0 0 1.2.3\nend\n",
    "boxlite-allownet handover 2\nhost a 1 1 0 0 0 0 0 1.2.3.4,\nend\n",
    "boxlite-allownet handover 2\nhost a 2 1 0 0 0 0 0 1.2.3.4\nend\n",
    "boxlite-allownet handover 2\nhost a 99 1 0 0 0 0 0 \nend\n",
    "boxlite-allownet handover 2\nhost a -1 1 0 0 0 0 0 \nend\n",
    "boxlite-allownet handover 2\nhost a 2 1 2 0 0 0 0 \nend\n",
    "boxlite-allownet handover 2\nlog 9 x\nend\n",
    "boxlite-allownet handover 2\nlog\nend\n",
};

START_TEST(anything_else_is_rejected_whole)
{
    struct handover got;

    errno = 0;
    ck_assert_int_eq(handover_read(descriptor_with(no_handovers[_i]), &got), -1);
    ck_assert_int_eq(errno, EBADMSG);
    ck_assert_uint_eq(got.environment.count + got.answers.count + got.logs.count, 0);
    ck_assert_ptr_null(got.environment.list);
}
END_TEST

START_TEST(a_descriptor_that_is_no_file_is_rejected_not_waited_for)
{
    struct handover got;
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(handover_read(ends[0], &got), -1);
    ck_assert_int_eq(errno, EBADMSG);
    ck_assert_int_eq(handover_read(-1, &got), -1);
    ck_assert_int_eq(errno, EBADF);
    close(ends[1]);
}
END_TEST

START_TEST(a_name_that_would_be_read_otherwise_is_not_written)
{
    struct resolver_host host = {.name = "a b"};
    const struct handover handover = {.answers = {.hosts = &host, .count = 1}};

    ck_assert_int_eq(handover_write(&handover), -1);
    ck_assert_int_eq(errno, EINVAL);
    host.name = "";
    ck_assert_int_eq(handover_write(&handover), -1);
    ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(what_was_not_learned_is_untried)
{
    struct handover got;

    ck_assert_int_eq(handover_read(handover_write(&full), &got), 0);
    ck_assert_ptr_eq(answers_find(&got.answers, "unknown.example"), &got.answers.missing);
    ck_assert_int_eq(got.answers.missing.outcome, RESOLVER_UNTRIED);
    ck_assert_str_eq(answers_find(&got.answers, "A.Example.")->name, "a.example");
    handover_clear(&got);
}
END_TEST

START_TEST(settings_read_the_environment_handed_over)
{
    struct handover got;
    static struct settings settings;

    ck_assert_int_eq(handover_read(handover_write(&full), &got), 0);
    settings_read(got.environment.list, &settings);
    ck_assert_int_eq(settings.log_level, LOG_LEVEL_DEBUG);
    ck_assert_str_ne(settings.fault, "");
    handover_clear(&got);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("handover");

    tcase_add_checked_fixture(cases, set_up, NULL);
    tcase_add_test(cases, what_was_written_is_read_back);
    tcase_add_test(cases, an_empty_handover_is_one);
    tcase_add_test(cases, many_of_each_are_kept);
    tcase_add_test(cases, the_descriptor_survives_exec_and_cannot_be_written);
    tcase_add_test(cases, reading_closes_the_descriptor);
    tcase_add_loop_test(cases, anything_else_is_rejected_whole, 0,
                        sizeof(no_handovers) / sizeof(no_handovers[0]));
    tcase_add_test(cases, a_descriptor_that_is_no_file_is_rejected_not_waited_for);
    tcase_add_test(cases, a_name_that_would_be_read_otherwise_is_not_written);
    tcase_add_test(cases, what_was_not_learned_is_untried);
    tcase_add_test(cases, settings_read_the_environment_handed_over);
    return run_cases("handover", cases);
}
