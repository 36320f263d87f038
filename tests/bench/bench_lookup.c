/*
 * bench-lookup COUNT: getaddrinfo for a number, which needs no network. Prints that many samples,
 * each the nanoseconds of one call, averaged over a batch.
 */
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"

enum { BATCH = 1000, WARM_UP = 5 };

static void batch(void)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};

    for (int i = 0; i < BATCH; i++) {
        struct addrinfo *list = NULL;

        if (getaddrinfo("127.0.0.1", NULL, &hints, &list) != 0) {
            exit(1);
        }
        if (list != NULL) { /* the stub makes none */
            freeaddrinfo(list);
        }
    }
}

int main(int argc, char **argv)
{
    const long count = argc == 2 ? strtol(argv[1], NULL, 10) : 0;

    for (long i = -WARM_UP; i < count; i++) {
        const int64_t begin = bench_now(CLOCK_MONOTONIC);
        int64_t end;

        batch();
        end = bench_now(CLOCK_MONOTONIC);
        if (i >= 0) {
            printf("%.2f\n", (double)(end - begin) / BATCH);
        }
    }
    return 0;
}
