/* Log lines: levels, files, and what cannot be written. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
    snprintf(seen, sizeof(seen), "%s", line);
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

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_line(&remembering, LOG_LEVEL_INFO, "%s", text);
    ck_assert_uint_eq(strlen(seen), 4095);
    ck_assert_str_eq(seen + 4092, "...");
}
END_TEST

START_TEST(what_is_told_is_one_line_and_drives_no_terminal)
{
    log_line(&remembering, LOG_LEVEL_INFO, "%s",
             "a\nERROR b\r\t\033[31m\x7f \xc2\x9b"
             "1m \xc3\xa9 \xc2");
    ck_assert_str_eq(seen, "a?ERROR b???[31m? ??1m \xc3\xa9 \xc2");
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
    ck_assert_int_gt(read(descriptor, text, sizeof(text) - 1), 0);
    snprintf(expected, sizeof(expected), "Z %ld WARN first\n", (long)getpid());
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
    /* Behind the line, and once. */
    ck_assert_str_eq(seen, "allowNet: cannot append to the log file path=\"/nowhere/at/all\" "
                           "error=\"No such file or directory\"");
    log_line(&log, LOG_LEVEL_WARN, "again");
    ck_assert_str_eq(seen, "again");
    ck_assert_int_eq(errno, 0);
}
END_TEST

/* Makes `path` something that no line belongs into; which is said. */
static void expect_untouched(const char *path, const char *fault)
{
    const struct log log = {.file = path, .sink = remember};

    log_line(&log, LOG_LEVEL_WARN, "secret");
    if (strstr(seen, fault) == NULL) {
        ck_abort_msg("%s", seen);
    }
}

static void make_path(char *path, size_t size, const char *directory, const char *name)
{
    snprintf(path, size, "%s/%s", directory, name);
}

START_TEST(a_link_is_not_followed)
{
    char directory[] = "/tmp/allownet-log-XXXXXX";
    char path[64];
    char target[64];

    ck_assert_ptr_nonnull(mkdtemp(directory));
    make_path(path, sizeof(path), directory, "log");
    make_path(target, sizeof(target), directory, "target");
    ck_assert_int_eq(symlink(target, path), 0);
    expect_untouched(path, "error=\"it is a link\"");
    ck_assert_int_ne(access(target, F_OK), 0);
    unlink(path);
    rmdir(directory);
}
END_TEST

START_TEST(a_second_name_is_not_written_to)
{
    char directory[] = "/tmp/allownet-log-XXXXXX";
    char path[64];
    char target[64];
    struct stat status;

    ck_assert_ptr_nonnull(mkdtemp(directory));
    make_path(path, sizeof(path), directory, "log");
    make_path(target, sizeof(target), directory, "target");
    close(open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    ck_assert_int_eq(link(target, path), 0);
    expect_untouched(path, "error=\"the file has another name as well\"");
    ck_assert_int_eq(stat(target, &status), 0);
    ck_assert_int_eq(status.st_size, 0);
    unlink(path);
    unlink(target);
    rmdir(directory);
}
END_TEST

START_TEST(a_device_is_not_written_to)
{
    expect_untouched("/dev/null", "error=\"it is neither a file nor a pipe\"");
}
END_TEST

START_TEST(a_new_file_is_its_owners_alone)
{
    char directory[] = "/tmp/allownet-log-XXXXXX";
    char path[64];
    const struct log log = {.file = path, .sink = remember};
    struct stat status;

    umask(0);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    make_path(path, sizeof(path), directory, "log");
    log_line(&log, LOG_LEVEL_WARN, "x");
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_mode, S_IFREG | 0600);
    unlink(path);
    rmdir(directory);
}
END_TEST

START_TEST(a_pipe_gets_the_lines)
{
    char directory[] = "/tmp/allownet-log-XXXXXX";
    char path[64];
    char text[512] = "";
    const struct log log = {.file = path, .sink = remember};
    int reader;

    ck_assert_ptr_nonnull(mkdtemp(directory));
    make_path(path, sizeof(path), directory, "log");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    log_line(&log, LOG_LEVEL_WARN, "piped");
    ck_assert_int_gt(read(reader, text, sizeof(text) - 1), 0);
    ck_assert_ptr_nonnull(strstr(text, " WARN piped\n"));
    close(reader);
    unlink(path);
    rmdir(directory);
}
END_TEST

START_TEST(a_quoted_value_shows_no_control_bytes)
{
    char buffer[64];

    ck_assert_str_eq(log_quote("a \"b\" \\ \n\033", buffer, sizeof(buffer)),
                     "\"a \\\"b\\\" \\\\ \\x0a\\x1b\"");
    ck_assert_str_eq(log_quote("abcdefghijklmnop", buffer, 12), "\"abcde\"");
}
END_TEST

START_TEST(a_refusal_spells_out_twenty_findings)
{
    struct refusal refusal = {0};
    char *text;

    for (int i = 1; i <= 23; i++) {
        refusal_add(&refusal, "finding %d", i);
    }
    ck_assert_uint_eq(refusal_count(&refusal), 23);
    text = refusal_take(&refusal);
    ck_assert_ptr_nonnull(strstr(text, "allowNet: finding 1; finding 2; "));
    ck_assert_ptr_nonnull(strstr(text, "finding 20 and 3 more"));
    ck_assert_ptr_null(strstr(text, "finding 21"));
    free(text);
}
END_TEST

START_TEST(a_refusal_that_ran_out_of_memory_has_no_text_but_counts)
{
    struct refusal refusal = {.text = {.failed = true}};

    ck_assert_uint_eq(refusal_count(&refusal), 1);
    refusal_add(&refusal, "nothing to add to");
    ck_assert_uint_eq(refusal_count(&refusal), 1);
    ck_assert_ptr_null(refusal_take(&refusal));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("log");

    tcase_add_test(cases, lines_below_the_threshold_are_dropped);
    tcase_add_test(cases, errno_is_kept);
    tcase_add_test(cases, a_long_line_is_cut_and_says_so);
    tcase_add_test(cases, what_is_told_is_one_line_and_drives_no_terminal);
    tcase_add_test(cases, a_file_gets_the_lines_appended);
    tcase_add_test(cases, a_file_that_cannot_be_opened_changes_nothing);
    tcase_add_test(cases, a_link_is_not_followed);
    tcase_add_test(cases, a_second_name_is_not_written_to);
    tcase_add_test(cases, a_device_is_not_written_to);
    tcase_add_test(cases, a_new_file_is_its_owners_alone);
    tcase_add_test(cases, a_pipe_gets_the_lines);
    tcase_add_test(cases, a_quoted_value_shows_no_control_bytes);
    tcase_add_test(cases, a_refusal_spells_out_twenty_findings);
    tcase_add_test(cases, a_refusal_that_ran_out_of_memory_has_no_text_but_counts);
    return run_cases("log", cases);
}
