/*
 * What unit test programs have in common: how much of a generated test there is to be, and the end,
 * which runs one test case and says how it went.
 */
#ifndef UNIT_RUN_H
#define UNIT_RUN_H

#include <check.h>
#include <stdlib.h>

/*
 * The number of generated cases: TEST_CASES where that is set, `otherwise` else. Builds in which
 * each case is slow set it.
 */
static inline unsigned long long test_cases(unsigned long long otherwise)
{
    const char *text = getenv("TEST_CASES");

    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

/* A test that takes so many seconds hangs; Check's own 4 s may be too few on a loaded machine. */
__attribute__((constructor)) static void be_patient(void)
{
    (void)setenv("CK_DEFAULT_TIMEOUT", "300", 0);
}

/* Returns the program's exit status. */
static inline int run_cases(const char *name, TCase *cases)
{
    Suite *suite = suite_create(name);
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
