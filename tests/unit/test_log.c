#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/log.h"
#include "shim/plan/refusal.h"
#include "tests/unit/run.h"

static char seen[8192];
static enum log_level seen_level;

static void remember(void *context, enum log_level level, const char *line)
{
    (void)context;
    seen_level = level;
    snprintf(seen, sizeof seen, "%s", line);
    errno = EPIPE;
}

static const struct log remembering = {.threshold = LOG_LEVEL_INFO, .sink = remember};

START_TEST(lines_below_the_threshold_are_dropped)
{
    seen[0] = '\0';
    log_line(&remembering, LOG_LEVEL_DEBUG, "quiet");
    ck_assert_str_eq(seen, "");
    log_line(&remembering, LOG_LEVEL_INFO, "told %d", 1);
    ck_assert_str_eq(seen, "told 1");
    ck_assert_int_eq(seen_level, LOG_LEVEL_INFO);
}
END_TEST

START_TEST(errno_is_kept)
{
    errno = ENOTTY;
    log_line(&remembering, LOG_LEVEL_ERROR, "x");
    ck_assert_int_eq(errno, ENOTTY);
}
END_TEST

START_TEST(a_long_line_is_cut_and_says_so)
{
    char text[6000];

    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_line(&remembering, LOG_LEVEL_INFO, "%s", text);
    ck_assert_uint_eq(strlen(seen), 4095);
    ck_assert_str_eq(seen + 4092, "...");
}
END_TEST

START_TEST(a_file_gets_the_lines_appended)
{
    char path[] = "/tmp/allownet-log-XXXXXX";
    const int descriptor = mkstemp(path);
    const struct log log = {.threshold = LOG_LEVEL_INFO, .file = path, .sink = remember};
    char text[512] = "";
    char expected[32];

    ck_assert_int_ge(descriptor, 0);
    log_line(&log, LOG_LEVEL_WARN, "first");
    log_line(&log, LOG_LEVEL_ERROR, "second");
    ck_assert_int_gt(read(descriptor, text, sizeof text - 1), 0);
    snprintf(expected, sizeof expected, "Z %ld WARN first\n", (long)getpid());
    ck_assert_ptr_nonnull(strstr(text, expected));
    ck_assert_ptr_nonnull(strstr(text, " ERROR second\n"));
    close(descriptor);
    unlink(path);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_changes_nothing)
{
    const struct log log = {.file = "/nowhere/at/all", .sink = remember};

    errno = 0;
    log_line(&log, LOG_LEVEL_WARN, "still told");
    ck_assert_str_eq(seen, "still told");
    ck_assert_int_eq(errno, 0);
}
END_TEST

START_TEST(a_quoted_value_shows_no_control_bytes)
{
    char buffer[64];

    ck_assert_str_eq(log_quote("a \"b\" \\ \n\033", buffer, sizeof buffer),
                     "\"a \\\"b\\\" \\\\ \\x0a\\x1b\"");
    ck_assert_str_eq(log_quote("abcdefghijklmnop", buffer, 12), "\"abcde\"");
}
END_TEST

START_TEST(a_refusal_spells_out_twenty_findings)
{
    struct refusal *refusal = refusal_new();
    char *text;

    for (int i = 1; i <= 23; i++)
        refusal_add(refusal, "finding %d", i);
    ck_assert_uint_eq(refusal_count(refusal), 23);
    text = refusal_take(refusal);
    ck_assert_ptr_nonnull(strstr(text, "allowNet: finding 1; finding 2; "));
    ck_assert_ptr_nonnull(strstr(text, "finding 20 and 3 more"));
    ck_assert_ptr_null(strstr(text, "finding 21"));
    free(text);
}
END_TEST

START_TEST(a_refusal_that_ran_out_of_memory_has_no_text_but_counts)
{
    struct refusal *refusal = refusal_new();

    refusal_fail(refusal);
    ck_assert_uint_eq(refusal_count(refusal), 1);
    ck_assert_ptr_null(refusal_take(refusal));
    refusal_add(NULL, "nothing to add to");
    ck_assert_uint_eq(refusal_count(NULL), 1);
    ck_assert_ptr_null(refusal_take(NULL));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("log");

    tcase_add_test(cases, lines_below_the_threshold_are_dropped);
    tcase_add_test(cases, errno_is_kept);
    tcase_add_test(cases, a_long_line_is_cut_and_says_so);
    tcase_add_test(cases, a_file_gets_the_lines_appended);
    tcase_add_test(cases, a_file_that_cannot_be_opened_changes_nothing);
    tcase_add_test(cases, a_quoted_value_shows_no_control_bytes);
    tcase_add_test(cases, a_refusal_spells_out_twenty_findings);
    tcase_add_test(cases, a_refusal_that_ran_out_of_memory_has_no_text_but_counts);
    return run_cases("log", cases);
}
