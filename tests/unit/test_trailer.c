/* What an overlay carries behind its executable: written and found again, or known to be damaged.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/command/overlay/trailer.h"
#include "tests/unit/run.h"

static char path[] = "/tmp/trailer.XXXXXX";

static void make_file(void)
{
    int file;

    strcpy(path, "/tmp/trailer.XXXXXX");
    file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
}

static void remove_file(void)
{
    unlink(path);
}

static void write_file(const char *bytes, size_t length)
{
    FILE *stream = fopen(path, "w");

    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(bytes, 1, length, stream), length);
    ck_assert_int_eq(fclose(stream), 0);
}

static char *setting_list[] = {(char *)"BOXLITE_ALLOWNET_LOG=debug",
                               (char *)"BOXLITE_ALLOWNET_LOG_FILE=/a\nb", NULL};

static const struct trailer example = {.directory = "/opt/over lay",
                                       .shim = "boxlite-shim.original",
                                       .release = "0.8.0 to 0.9.7",
                                       .revision = "8803834036205cf2cac5cfca98bb3875812c897a",
                                       .generation = "network_config",
                                       .settings = setting_list,
                                       .setting_count = 2};

static enum trailer_status read_status(void)
{
    struct trailer trailer;
    const enum trailer_status status = trailer_read(path, &trailer);

    if (status != TRAILER_READ) {
        ck_assert_ptr_null(trailer.text);
    }
    trailer_clear(&trailer);
    return status;
}

START_TEST(what_is_written_is_read)
{
    struct trailer trailer;
    char file[4096] = "executable";
    size_t length;
    char *text = trailer_format(&example, &length);

    ck_assert_ptr_nonnull(text);
    memcpy(file + 10, text, length);
    write_file(file, 10 + length);
    free(text);
    ck_assert_int_eq(trailer_read(path, &trailer), TRAILER_READ);
    ck_assert_int_eq(trailer.begin, 10);
    ck_assert_str_eq(trailer.directory, example.directory);
    ck_assert_str_eq(trailer.shim, example.shim);
    ck_assert_str_eq(trailer.release, example.release);
    ck_assert_str_eq(trailer.revision, example.revision);
    ck_assert_str_eq(trailer.generation, example.generation);
    ck_assert_uint_eq(trailer.setting_count, 2);
    ck_assert_str_eq(trailer.settings[0], setting_list[0]);
    ck_assert_str_eq(trailer.settings[1], setting_list[1]);
    ck_assert_ptr_null(trailer.settings[2]);
    trailer_clear(&trailer);
}
END_TEST

START_TEST(without_settings_the_list_is_empty)
{
    struct trailer bare = example;
    struct trailer trailer;
    size_t length;
    char *text;

    bare.setting_count = 0;
    text = trailer_format(&bare, &length);
    write_file(text, length);
    free(text);
    ck_assert_int_eq(trailer_read(path, &trailer), TRAILER_READ);
    ck_assert_int_eq(trailer.begin, 0);
    ck_assert_uint_eq(trailer.setting_count, 0);
    ck_assert_ptr_null(trailer.settings[0]);
    trailer_clear(&trailer);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_not_taken_for_whole)
{
    size_t length;
    char *text = trailer_format(&example, &length);

    for (size_t cut = 0; cut < length; cut++) {
        write_file(text, cut);
        ck_assert_int_eq(read_status(), TRAILER_ABSENT);
    }
    for (size_t cut = 1; cut < length - 44; cut++) {
        write_file(text + cut, length - cut);
        ck_assert_int_eq(read_status(), TRAILER_DAMAGED);
    }
    free(text);
}
END_TEST

#define LAST "boxlite-allownet overlay "

static const struct {
    const char *bytes;
    size_t length;
} damaged[] = {
#define BYTES(text) (text), sizeof(text) - 1
    {BYTES("a\0b\0c\0d\0" LAST "2 0000000000000008\n")},  /* another format */
    {BYTES("a\0b\0c\0d\0" LAST "1 0000000000000009\n")},  /* longer than the file */
    {BYTES("a\0b\0c\0d\0" LAST "1 ffffffffffffffff\n")},  /* longer than any */
    {BYTES("a\0b\0c\0d\0" LAST "1 -000000000000008\n")},  /* no length */
    {BYTES("a\0b\0c\0d\0" LAST "1 000000000000000g\n")},  /* no digit */
    {BYTES("a\0b\0c\0d\0" LAST "1 0000000000000008 ")},   /* another end */
    {BYTES("a\0b\0c\0" LAST "1 0000000000000006\n")},     /* a string is missing */
    {BYTES("a\0b\0c\0d\0e" LAST "1 0000000000000009\n")}, /* one does not end */
    {BYTES(LAST "1 0000000000000000\n")},                 /* nothing */
};

START_TEST(a_damaged_one_is_told_from_none)
{
    write_file(damaged[_i].bytes, damaged[_i].length);
    ck_assert_int_eq(read_status(), TRAILER_DAMAGED);
}
END_TEST

START_TEST(other_files_have_none)
{
    struct trailer trailer;

    write_file("", 0);
    ck_assert_int_eq(read_status(), TRAILER_ABSENT);
    ck_assert_int_eq(trailer_read("/", &trailer), TRAILER_ABSENT);
    ck_assert_int_eq(trailer_read("/proc/self/exe", &trailer), TRAILER_ABSENT);
    ck_assert_int_eq(trailer_read("/nowhere/at/all", &trailer), TRAILER_UNREADABLE);
    trailer_clear(&trailer);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("trailer");

    tcase_add_checked_fixture(cases, make_file, remove_file);
    tcase_add_test(cases, what_is_written_is_read);
    tcase_add_test(cases, without_settings_the_list_is_empty);
    tcase_add_test(cases, a_file_cut_anywhere_is_not_taken_for_whole);
    tcase_add_loop_test(cases, a_damaged_one_is_told_from_none, 0,
                        (int)(sizeof(damaged) / sizeof(damaged[0])));
    tcase_add_test(cases, other_files_have_none);
    return run_cases("trailer", cases);
}
