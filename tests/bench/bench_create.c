/*
 * bench-create CONFIG COUNT [WARM-UP]: creates that many boxes one after the other and destroys
 * each, after WARM-UP others (20). Prints the nanoseconds that each create took.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"

enum { WARM_UP = 20 };

long long gvproxy_create(char *config, char **error);
int gvproxy_destroy(long long handle);
void gvproxy_set_log_callback(void (*callback)(int level, const char *message));

static void log_nothing(int level, const char *message)
{
    (void)level;
    (void)message;
}

int main(int argc, char **argv)
{
    char *const config = argc == 3 || argc == 4 ? bench_read(argv[1]) : NULL;
    const long count = config != NULL ? strtol(argv[2], NULL, 10) : 0;
    const long warm_up = argc == 4 ? strtol(argv[3], NULL, 10) : WARM_UP;

    if (config == NULL) {
        fprintf(stderr, "usage: bench-create CONFIG COUNT [WARM-UP]\n");
        return 2;
    }
    gvproxy_set_log_callback(log_nothing);
    for (long i = -warm_up; i < count; i++) {
        char *error = NULL;
        const int64_t begin = bench_now(CLOCK_MONOTONIC);
        const long long handle = gvproxy_create(config, &error);
        const int64_t end = bench_now(CLOCK_MONOTONIC);

        if (handle < 0) {
            fprintf(stderr, "bench-create: %s\n", error != NULL ? error : "failed");
            return 1;
        }
        gvproxy_destroy(handle);
        if (i >= 0) {
            printf("%" PRId64 "\n", end - begin);
        }
    }
    free(config);
    return 0;
}
