/* What the measuring programs share: clocks, and a configuration read whole. */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>

int64_t bench_now(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

char *bench_read(const char *path)
{
    FILE *const file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;

    if (file == NULL || getdelim(&text, &size, '\0', file) < 0) {
        perror(path);
        exit(1);
    }
    fclose(file);
    return text;
}
