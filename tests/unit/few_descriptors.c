/* A low limit, and all below it taken but for those that are left. */
#include "tests/unit/few_descriptors.h"

#include <check.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LIMIT = 128 };

static struct rlimit before;
static int taken[LIMIT];
static size_t count;

void few_descriptors_begin(size_t left)
{
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = LIMIT;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    while ((taken[count] = dup(STDOUT_FILENO)) >= 0) {
        count++;
    }
    ck_assert_uint_ge(count, left);
    while (left > 0) {
        (void)close(taken[--count]);
        left--;
    }
}

void few_descriptors_end(void)
{
    while (count > 0) {
        (void)close(taken[--count]);
    }
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}
