/* Files read to their end, whatever is in them and however they come. */
#include <check.h>
#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/whole_file.h"
#include "tests/unit/run.h"

#define LIMIT 10000U

/* A pipe that holds `length` bytes, all of them `byte`. */
static int pipe_of(char byte, size_t length)
{
    char bytes[2 * LIMIT];
    int ends[2];

    memset(bytes, byte, sizeof(bytes));
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], bytes, length), (int)length);
    close(ends[1]);
    return ends[0];
}

START_TEST(all_bytes_are_there_and_a_nul_behind_them)
{
    static const size_t lengths[] = {0, 1, 4094, 4095, 4096, 8191, 8192, LIMIT - 1};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        const int file = pipe_of('x', lengths[i]);
        struct whole_file whole;

        ck_assert_int_eq(whole_file_take(file, LIMIT, &whole), 0);
        ck_assert_uint_eq(whole.length, lengths[i]);
        ck_assert_uint_eq(strspn(whole.bytes, "x"), lengths[i]);
        ck_assert_int_eq(whole.bytes[lengths[i]], '\0');
        whole_file_clear(&whole);
        ck_assert_ptr_null(whole.bytes);
        close(file);
    }
}
END_TEST

START_TEST(a_nul_is_a_byte_like_others)
{
    const int file = pipe_of('\0', 5000);
    struct whole_file whole;

    ck_assert_int_eq(whole_file_take(file, LIMIT, &whole), 0);
    ck_assert_uint_eq(whole.length, 5000);
    whole_file_clear(&whole);
    close(file);
}
END_TEST

START_TEST(what_reaches_the_limit_is_too_large)
{
    static const size_t lengths[] = {LIMIT, LIMIT + 1, 2 * LIMIT};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        const int file = pipe_of('x', lengths[i]);
        struct whole_file whole;

        ck_assert_int_eq(whole_file_take(file, LIMIT, &whole), -1);
        ck_assert_int_eq(errno, EFBIG);
        ck_assert_ptr_null(whole.bytes);
        ck_assert_uint_eq(whole.length, 0);
        close(file);
    }
}
END_TEST

START_TEST(what_cannot_be_read_leaves_nothing)
{
    struct whole_file whole;

    ck_assert_int_eq(whole_file_read("/nowhere", LIMIT, &whole), -1);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_ptr_null(whole.bytes);
    ck_assert_int_eq(whole_file_read("/", LIMIT, &whole), -1);
    ck_assert_int_eq(errno, EISDIR);
    ck_assert_ptr_null(whole.bytes);
    whole_file_clear(&whole);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("whole_file");

    mallopt(M_PERTURB, 0x55); /* fresh memory is not full of NULs */
    tcase_add_test(cases, all_bytes_are_there_and_a_nul_behind_them);
    tcase_add_test(cases, a_nul_is_a_byte_like_others);
    tcase_add_test(cases, what_reaches_the_limit_is_too_large);
    tcase_add_test(cases, what_cannot_be_read_leaves_nothing);
    return run_cases("whole_file", cases);
}
