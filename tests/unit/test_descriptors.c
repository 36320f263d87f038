/* Descriptors are closed on kernels with close_range(2) and on those without. */
#include "shim/base/descriptors.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST = 100, LAST = 110 };

/* From here on this process has a kernel without close_range. */
static void forget_close_range(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
    ck_assert_int_eq(syscall(SYS_close_range, FIRST, LAST, 0), -1);
    ck_assert_int_eq(errno, ENOSYS);
}

static int is_open(int descriptor)
{
    return fcntl(descriptor, F_GETFD) >= 0;
}

static void closes_what_it_is_told(void)
{
    for (int i = FIRST; i <= LAST; i++) {
        ck_assert_int_eq(dup2(STDIN_FILENO, i), i);
    }
    descriptors_close(FIRST + 1, LAST - 1);
    for (int i = FIRST; i <= LAST; i++) {
        ck_assert_int_eq(is_open(i), i == FIRST || i == LAST);
    }
    descriptors_close(FIRST, UINT_MAX);
    ck_assert(!is_open(FIRST));
    ck_assert(!is_open(LAST));
}

START_TEST(descriptors_are_closed_by_the_kernel)
{
    closes_what_it_is_told();
}
END_TEST

START_TEST(descriptors_are_closed_one_by_one_where_the_kernel_cannot)
{
    forget_close_range();
    closes_what_it_is_told();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("descriptors");
    TCase *tcase = tcase_create("descriptors");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, descriptors_are_closed_by_the_kernel);
    tcase_add_test(tcase, descriptors_are_closed_one_by_one_where_the_kernel_cannot);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
