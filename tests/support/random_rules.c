/*
 * random-rules SEED [COUNT]: prints random allowlists with their meaning, one JSON object a line,
 * for tests that put them to a real bridge.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/allow_model.h"

int main(int argc, char **argv)
{
    static struct model_case model;
    unsigned long long seed = 0;
    unsigned long long count = 1;

    if (argc < 2 || argc > 3) {
        (void)fprintf(stderr, "usage: %s SEED [COUNT]\n", argv[0]);
        return 2;
    }
    seed = strtoull(argv[1], NULL, 10);
    if (argc == 3) {
        count = strtoull(argv[2], NULL, 10);
    }
    for (unsigned long long i = 0; i < count; i++) {
        model_make(&model, seed + i);
        model_print_case(&model, stdout);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
