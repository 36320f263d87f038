/* x86-64: calls found in machine code, and how many arguments cgo's wrapper passes. */
#include "shim/arch/arch.h"

#if defined(__x86_64__)

#include <string.h>

const size_t arch_code_step = 1;

/* mov $IMM32,%edx: the third integer argument (System V ABI, x86-64, section 3.2.3). */
static bool loads_third_argument(const unsigned char *code, unsigned char value)
{
    const unsigned char wanted[] = {0xba, value, 0, 0, 0};

    return memcmp(code, wanted, sizeof(wanted)) == 0;
}

int arch_wrapper_arguments(const unsigned char *code, size_t size)
{
    bool one = false;
    bool two = false;

    for (size_t i = 0; i + 5 <= size; i++) {
        one = one || loads_third_argument(code + i, 16);
        two = two || loads_third_argument(code + i, 24);
    }
    return one == two ? 0 : two ? 2 : 1;
}

size_t arch_find_call(const unsigned char *code, size_t size, uint64_t address, uint64_t target)
{
    /* call rel32, counted from the instruction behind it. Code is not read from an instruction's
       middle on, but a distance that fits by chance is one in 2^32. */
    for (size_t i = 0; i + 5 <= size; i++) {
        int32_t distance;

        memcpy(&distance, code + i + 1, sizeof(distance));
        if (code[i] == 0xe8 && address + i + 5 + (uint64_t)(int64_t)distance == target) {
            return i;
        }
    }
    return size;
}

bool arch_tests_host(const unsigned char *code, size_t size)
{
    static const unsigned char test_r9_r9[] = {0x4d, 0x85, 0xc9};

    return memmem(code, size, test_r9_r9, sizeof(test_r9_r9)) != NULL;
}

#endif
