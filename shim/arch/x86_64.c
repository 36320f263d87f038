#include "shim/arch/arch.h"

#if defined(__x86_64__)

#include <stdbool.h>
#include <string.h>

/* mov $IMM32,%edx: the third integer argument (System V ABI, x86-64, section 3.2.3). */
static bool loads_third_argument(const unsigned char *code, unsigned char value)
{
    const unsigned char wanted[] = {0xba, value, 0, 0, 0};

    return memcmp(code, wanted, sizeof wanted) == 0;
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

#endif
