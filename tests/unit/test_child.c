/* Programs that are searched for and run, and what they print. */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

#include "shim/base/child.h"
#include "shim/base/search_path.h"
#include "tests/unit/run.h"

/* What /bin/sh prints when it runs `script`. */
static char *run_script(const char *script, int patience_ms, int *status)
{
    char *const argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    char *const environment[] = {(char *)"ONLY=this", NULL};

    *status = -1;
    return child_run(&(struct child){.path = "/bin/sh",
                                     .argv = argv,
                                     .environment = environment,
                                     .patience_ms = patience_ms},
                     status);
}

START_TEST(output_and_status_are_had)
{
    int status;
    char *text =
        run_script("echo \"$ONLY $HOME\"; echo lost >&2; read line; exit 7", 30000, &status);

    ck_assert_pstr_eq(text, "this \n");
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 7);
    free(text);
}
END_TEST

START_TEST(much_output_is_cut_and_does_not_block_the_child)
{
    int status;
    char *text = run_script("i=0; while [ $i -lt 30000 ]; do echo 0123456789; i=$((i + 1)); done",
                            30000, &status);

    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(strlen(text), 65535);
    ck_assert(WIFEXITED(status));
    free(text);
}
END_TEST

START_TEST(one_that_does_not_end_is_killed)
{
    int status;
    const char *text = run_script("echo begun; exec sleep 1000", 50, &status);

    ck_assert_ptr_null(text);
    ck_assert_int_eq(errno, ETIMEDOUT);
    ck_assert(WIFSIGNALED(status));
}
END_TEST

START_TEST(one_that_closes_its_output_and_does_not_end_is_killed)
{
    int status;
    const char *text = run_script("exec >/dev/null; exec sleep 1000", 50, &status);

    ck_assert_ptr_null(text);
    ck_assert_int_eq(errno, ETIMEDOUT);
    ck_assert(WIFSIGNALED(status));
}
END_TEST

START_TEST(what_is_no_program_is_told)
{
    char *const none[] = {(char *)"none", NULL};
    int status;

    ck_assert_ptr_null(child_run(
        &(struct child){
            .path = "/nowhere", .argv = none, .environment = none + 1, .patience_ms = 1000},
        &status));
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(elements_of_a_list_come_in_order_without_empty_or_long_ones)
{
    const char *list = ":/a::/much/too/long:/b:";
    char element[8];

    ck_assert(search_path_next(&list, element, sizeof(element)));
    ck_assert_str_eq(element, "/a");
    ck_assert(search_path_next(&list, element, sizeof(element)));
    ck_assert_str_eq(element, "/b");
    ck_assert(!search_path_next(&list, element, sizeof(element)));
    list = NULL;
    ck_assert(!search_path_next(&list, element, sizeof(element)));
}
END_TEST

START_TEST(a_program_is_found_as_execvp_finds_it)
{
    char path[PATH_MAX];

    ck_assert_int_eq(setenv("PATH", "/nowhere:/etc:/bin", 1), 0);
    ck_assert(search_path_find("sh", path, sizeof(path)));
    ck_assert_str_eq(path, "/bin/sh");
    ck_assert(!search_path_find("passwd-", path, sizeof(path)));
    ck_assert(!search_path_find("sh", path, 4));
    /* An empty element is the current directory; a slash is no matter of PATH. */
    ck_assert_int_eq(chdir("/bin"), 0);
    ck_assert_int_eq(setenv("PATH", "/nowhere:", 1), 0);
    ck_assert(search_path_find("sh", path, sizeof(path)));
    ck_assert_str_eq(path, "./sh");
    ck_assert(search_path_find("../bin/sh", path, sizeof(path)));
    ck_assert(!search_path_find("/etc", path, sizeof(path)));
    ck_assert_int_eq(unsetenv("PATH"), 0);
    ck_assert(search_path_find("sh", path, sizeof(path)));
    ck_assert_str_eq(path, "/bin/sh");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("child");

    tcase_add_test(cases, output_and_status_are_had);
    tcase_add_test(cases, much_output_is_cut_and_does_not_block_the_child);
    tcase_add_test(cases, one_that_does_not_end_is_killed);
    tcase_add_test(cases, one_that_closes_its_output_and_does_not_end_is_killed);
    /* Whose vfork is a fork, from which nothing is told. */
    if (!RUNNING_ON_VALGRIND) {
        tcase_add_test(cases, what_is_no_program_is_told);
    }
    tcase_add_test(cases, elements_of_a_list_come_in_order_without_empty_or_long_ones);
    tcase_add_test(cases, a_program_is_found_as_execvp_finds_it);
    return run_cases("child", cases);
}
