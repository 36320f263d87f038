/*
 * Which entry of a Go map comes first. That the runtime does so is tested in tests/explain.
 */
#include <check.h>

#include "shim/command/explain/map_order.h"
#include "tests/unit/run.h"

static void expect(size_t total, size_t count, const size_t *entries, const double *wanted)
{
    double probability[8];

    map_order_first(total, entries, count, probability);
    for (size_t i = 0; i < count; i++)
        ck_assert_double_eq_tol(probability[i], wanted[i], 1e-12);
}

START_TEST(the_only_one_is_the_first)
{
    const size_t totals[] = {1, 8, 9, 14, 15, 1000};

    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        const size_t entry = totals[i] - 1;

        expect(totals[i], 1, &entry, (double[]){1});
    }
}
END_TEST

START_TEST(of_two_the_first_put_in_wins_seven_of_eight)
{
    expect(2, 2, (size_t[]){0, 1}, (double[]){7.0 / 8, 1.0 / 8});
}
END_TEST

START_TEST(in_one_group_it_is_the_distance_to_the_entry_before_that_counts)
{
    expect(3, 3, (size_t[]){0, 1, 2}, (double[]){6.0 / 8, 1.0 / 8, 1.0 / 8});
    expect(5, 2, (size_t[]){1, 4}, (double[]){5.0 / 8, 3.0 / 8});
    expect(8, 2, (size_t[]){0, 7}, (double[]){1.0 / 8, 7.0 / 8});
    expect(8, 4, (size_t[]){0, 2, 4, 6}, (double[]){0.25, 0.25, 0.25, 0.25});
}
END_TEST

START_TEST(a_single_group_full_is_fair_to_all)
{
    const size_t entries[] = {0, 1, 2, 3, 4, 5, 6, 7};

    expect(8, 8, entries, (double[]){.125, .125, .125, .125, .125, .125, .125, .125});
}
END_TEST

/* Nobody is crowded out of a group of eight by the seven others put in before it: by hand, 3/4 less
   1/32 for each place between the two. */
START_TEST(two_groups_that_cannot_fill_are_as_computed_by_hand)
{
    expect(9, 2, (size_t[]){0, 1}, (double[]){23.0 / 32, 9.0 / 32});
    expect(14, 2, (size_t[]){2, 7}, (double[]){19.0 / 32, 13.0 / 32});
}
END_TEST

START_TEST(probabilities_add_up_to_one)
{
    for (size_t total = 4; total < 1200; total += total < 40 ? 1 : 97) {
        const size_t entries[] = {0, total / 3, total / 2, total - 1};
        double probability[4];
        double sum = 0;

        map_order_first(total, entries, 4, probability);
        for (size_t i = 0; i < 4; i++) {
            ck_assert_double_gt(probability[i], 0);
            sum += probability[i];
        }
        ck_assert_double_eq_tol(sum, 1, 1e-9);
    }
}
END_TEST

START_TEST(it_says_where_it_is_exact)
{
    ck_assert_double_eq(map_order_error(14), 0);
    ck_assert_double_gt(map_order_error(15), 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map order");

    tcase_add_test(cases, the_only_one_is_the_first);
    tcase_add_test(cases, of_two_the_first_put_in_wins_seven_of_eight);
    tcase_add_test(cases, in_one_group_it_is_the_distance_to_the_entry_before_that_counts);
    tcase_add_test(cases, a_single_group_full_is_fair_to_all);
    tcase_add_test(cases, two_groups_that_cannot_fill_are_as_computed_by_hand);
    tcase_add_test(cases, probabilities_add_up_to_one);
    tcase_add_test(cases, it_says_where_it_is_exact);
    return run_cases("map_order", cases);
}
