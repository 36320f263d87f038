#include <check.h>
#include <string.h>

#include "shim/arch/arch.h"
#include "shim/arch/registers.h"
#include "tests/unit/run.h"

#if defined(__x86_64__)

#define ADDRESS 0x401000u

START_TEST(a_call_is_found_where_it_is)
{
    /* nop; call ADDRESS + 0x106; ret */
    static const unsigned char code[] = {0x90, 0xe8, 0x00, 0x01, 0x00, 0x00, 0xc3};

    ck_assert_uint_eq(arch_find_call(code, sizeof code, ADDRESS, ADDRESS + 0x106), 1);
    ck_assert_uint_eq(arch_find_call(code, sizeof code, ADDRESS, ADDRESS + 0x107), sizeof code);
    ck_assert_uint_eq(registers_behind_call(ADDRESS + 1), ADDRESS + 6);
}
END_TEST

START_TEST(a_call_backwards_is_found)
{
    static const unsigned char code[] = {0xe8, 0xfb, 0xff, 0xff, 0xff}; /* call itself */

    ck_assert_uint_eq(arch_find_call(code, sizeof code, ADDRESS, ADDRESS), 0);
}
END_TEST

START_TEST(a_call_that_is_cut_off_is_none)
{
    static const unsigned char code[] = {0x90, 0xe8, 0xfa, 0xff, 0xff};

    ck_assert_uint_eq(arch_find_call(code, sizeof code, ADDRESS, ADDRESS), sizeof code);
    ck_assert_uint_eq(arch_find_call(code, 0, ADDRESS, ADDRESS), 0);
}
END_TEST

START_TEST(the_test_of_the_host_is_recognised)
{
    /* As in lookupIPAddr of Go 1.26: nopl (%rax); test %r9,%r9; and with another register. */
    static const unsigned char known[] = {0x0f, 0x1f, 0x00, 0x4d, 0x85, 0xc9};
    static const unsigned char other[] = {0x0f, 0x1f, 0x00, 0x48, 0x85, 0xc9};

    ck_assert(arch_tests_host(known, sizeof known));
    ck_assert(!arch_tests_host(other, sizeof other));
}
END_TEST

START_TEST(arguments_of_a_wrapper_are_told_by_its_frame)
{
    static const unsigned char one[] = {0xba, 0x10, 0, 0, 0};
    static const unsigned char two[] = {0xba, 0x18, 0, 0, 0};
    static const unsigned char both[] = {0xba, 0x10, 0, 0, 0, 0xba, 0x18, 0, 0, 0};

    ck_assert_int_eq(arch_wrapper_arguments(one, sizeof one), 1);
    ck_assert_int_eq(arch_wrapper_arguments(two, sizeof two), 2);
    ck_assert_int_eq(arch_wrapper_arguments(both, sizeof both), 0);
    ck_assert_int_eq(arch_wrapper_arguments(two, sizeof two - 1), 0);
}
END_TEST

START_TEST(a_frame_lies_below_the_red_zone_and_is_aligned)
{
    static const unsigned char floating[REGISTERS_FLOATING_SIZE] = {0x7f};
    const stack_t alternate = {.ss_flags = SS_DISABLE};

    for (uint64_t stack = 0x7ffc00010000; stack < 0x7ffc00010080; stack += 8) {
        struct user_regs_struct registers = {.rip = ADDRESS, .rsp = stack};
        struct registers_frame frame;
        uint64_t restorer;

        registers_make_frame(&registers, floating, 0, &alternate, ADDRESS, &frame);
        ck_assert_uint_le(frame.address + frame.size, stack - 128);
        ck_assert_uint_eq(frame.address % 16, 8);
        memcpy(&restorer, frame.bytes, sizeof restorer);
        ck_assert_uint_eq(restorer, ADDRESS);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("arch");

    tcase_add_test(cases, a_call_is_found_where_it_is);
    tcase_add_test(cases, a_call_backwards_is_found);
    tcase_add_test(cases, a_call_that_is_cut_off_is_none);
    tcase_add_test(cases, the_test_of_the_host_is_recognised);
    tcase_add_test(cases, arguments_of_a_wrapper_are_told_by_its_frame);
    tcase_add_test(cases, a_frame_lies_below_the_red_zone_and_is_aligned);
    return run_cases("arch", cases);
}

#else

int main(void)
{
    return 0; /* the machine code here is x86-64's */
}

#endif
