/* aarch64: calls found in machine code, and how many arguments cgo's wrapper passes. */
#include "shim/arch/arch.h"

#if defined(__aarch64__)

#include <string.h>

const size_t arch_code_step = 4;

/* movz w2,#IMM or movz x2,#IMM: the third argument (AAPCS64, section 6.8.2). */
static bool loads_third_argument(uint32_t instruction, uint32_t value)
{
    const uint32_t movz_w2 = 0x52800002;
    const uint32_t wide = 0x80000000;

    return (instruction & ~wide) == (movz_w2 | value << 5);
}

int arch_wrapper_arguments(const unsigned char *code, size_t size)
{
    bool one = false;
    bool two = false;

    for (size_t i = 0; i + arch_code_step <= size; i += arch_code_step) {
        uint32_t instruction;

        memcpy(&instruction, code + i, sizeof(instruction));
        one = one || loads_third_argument(instruction, 16);
        two = two || loads_third_argument(instruction, 24);
    }
    return one == two ? 0 : two ? 2 : 1;
}

/* bl IMM26, counted in instructions from itself. */
size_t arch_find_call(const unsigned char *code, size_t size, uint64_t address, uint64_t target)
{
    for (size_t i = 0; i + arch_code_step <= size; i += arch_code_step) {
        uint32_t instruction;

        memcpy(&instruction, code + i, sizeof(instruction));
        if (instruction == (0x94000000 | ((target - address - i) >> 2 & 0x03ffffff))) {
            return i;
        }
    }
    return size;
}

/* cbz x6 or cbnz x6 */
bool arch_tests_host(const unsigned char *code, size_t size)
{
    for (size_t i = 0; i + arch_code_step <= size; i += arch_code_step) {
        uint32_t instruction;

        memcpy(&instruction, code + i, sizeof(instruction));
        if ((instruction & 0xfe00001f) == 0xb4000006) {
            return true;
        }
    }
    return false;
}

#endif
