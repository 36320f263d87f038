/* Calls found in machine code, and the registers of a stopped thread, for this processor. */
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

    ck_assert_uint_eq(arch_find_call(code, sizeof(code), ADDRESS, ADDRESS + 0x106), 1);
    ck_assert_uint_eq(arch_find_call(code, sizeof(code), ADDRESS, ADDRESS + 0x107), sizeof(code));
    ck_assert_uint_eq(registers_behind_call(ADDRESS + 1), ADDRESS + 6);
}
END_TEST

START_TEST(a_call_backwards_is_found)
{
    static const unsigned char code[] = {0xe8, 0xfb, 0xff, 0xff, 0xff}; /* call itself */

    ck_assert_uint_eq(arch_find_call(code, sizeof(code), ADDRESS, ADDRESS), 0);
}
END_TEST

START_TEST(a_call_that_is_cut_off_is_none)
{
    static const unsigned char code[] = {0x90, 0xe8, 0xfa, 0xff, 0xff};

    ck_assert_uint_eq(arch_find_call(code, sizeof(code), ADDRESS, ADDRESS), sizeof(code));
    ck_assert_uint_eq(arch_find_call(code, 0, ADDRESS, ADDRESS), 0);
}
END_TEST

START_TEST(the_test_of_the_host_is_recognised)
{
    /* As in lookupIPAddr of Go 1.26: nopl (%rax); test %r9,%r9; and with another register. */
    static const unsigned char known[] = {0x0f, 0x1f, 0x00, 0x4d, 0x85, 0xc9};
    static const unsigned char other[] = {0x0f, 0x1f, 0x00, 0x48, 0x85, 0xc9};

    ck_assert(arch_tests_host(known, sizeof(known)));
    ck_assert(!arch_tests_host(other, sizeof(other)));
}
END_TEST

START_TEST(arguments_of_a_wrapper_are_told_by_its_frame)
{
    static const unsigned char one[] = {0xba, 0x10, 0, 0, 0};
    static const unsigned char two[] = {0xba, 0x18, 0, 0, 0};
    static const unsigned char both[] = {0xba, 0x10, 0, 0, 0, 0xba, 0x18, 0, 0, 0};

    ck_assert_int_eq(arch_wrapper_arguments(one, sizeof(one)), 1);
    ck_assert_int_eq(arch_wrapper_arguments(two, sizeof(two)), 2);
    ck_assert_int_eq(arch_wrapper_arguments(both, sizeof(both)), 0);
    ck_assert_int_eq(arch_wrapper_arguments(two, sizeof(two) - 1), 0);
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
        memcpy(&restorer, frame.bytes, sizeof(restorer));
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

#elif defined(__aarch64__)

#include <asm/sigcontext.h>
#include <ucontext.h>

#define ADDRESS 0x401000u

START_TEST(a_call_is_found_where_it_is)
{
    /* nop; bl ADDRESS + 0x104; ret */
    static const uint32_t code[] = {0xd503201f, 0x94000040, 0xd65f03c0};
    const unsigned char *bytes = (const unsigned char *)code;

    ck_assert_uint_eq(arch_find_call(bytes, sizeof(code), ADDRESS, ADDRESS + 0x104), 4);
    ck_assert_uint_eq(arch_find_call(bytes, sizeof(code), ADDRESS, ADDRESS + 0x108), sizeof(code));
    ck_assert_uint_eq(registers_behind_call(ADDRESS + 4), ADDRESS + 8);
}
END_TEST

START_TEST(each_call_is_found_and_nothing_between)
{
    /* Between the two calls lie bytes that, taken from the middle of an instruction, are a third.
     */
    static const uint32_t code[] = {0x94000040, 0x003e0000, 0x00009400, 0x9400003d};
    const unsigned char *bytes = (const unsigned char *)code;
    size_t count = 0;

    for (size_t at = 0; at < sizeof(code); at += arch_code_step) {
        at += arch_find_call(bytes + at, sizeof(code) - at, ADDRESS + at, ADDRESS + 0x100);
        count += at < sizeof(code);
    }
    ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST(arguments_of_a_wrapper_are_told_by_its_frame)
{
    static const uint32_t one[] = {0x52800202}; /* mov w2, #16 */
    static const uint32_t two[] = {0xd2800302}; /* mov x2, #24 */

    ck_assert_int_eq(arch_wrapper_arguments((const unsigned char *)one, sizeof(one)), 1);
    ck_assert_int_eq(arch_wrapper_arguments((const unsigned char *)two, sizeof(two)), 2);
}
END_TEST

START_TEST(a_frame_is_aligned_and_has_the_floating_point_registers)
{
    unsigned char floating[REGISTERS_FLOATING_SIZE] = {0x7f};
    const stack_t alternate = {.ss_flags = SS_DISABLE};

    for (uint64_t stack = 0x7ffc00010000; stack < 0x7ffc00010080; stack += 16) {
        struct user_regs_struct registers = {.pc = ADDRESS, .sp = stack};
        struct fpsimd_context record;
        struct registers_frame frame;
        const size_t behind = sizeof(siginfo_t) + offsetof(ucontext_t, uc_mcontext.__reserved);

        registers_make_frame(&registers, floating, 0, &alternate, 0, &frame);
        ck_assert_uint_le(frame.address + frame.size, stack);
        ck_assert_uint_eq(frame.address % 16, 0);
        memcpy(&record, frame.bytes + behind, sizeof(record));
        ck_assert_uint_eq(record.head.magic, FPSIMD_MAGIC);
        ck_assert_uint_eq(record.head.size, sizeof(record));
        ck_assert_mem_eq(record.vregs, floating, sizeof(record.vregs));
        registers_call_in_frame(&registers, ADDRESS + 64, &frame, ADDRESS + 128);
        ck_assert_uint_eq(registers.sp, frame.address);
        ck_assert_uint_eq(registers.pc, ADDRESS + 64);
        ck_assert_uint_eq(registers.regs[30], ADDRESS + 128);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("arch");

    tcase_add_test(cases, a_call_is_found_where_it_is);
    tcase_add_test(cases, each_call_is_found_and_nothing_between);
    tcase_add_test(cases, arguments_of_a_wrapper_are_told_by_its_frame);
    tcase_add_test(cases, a_frame_is_aligned_and_has_the_floating_point_registers);
    return run_cases("arch", cases);
}

#endif
