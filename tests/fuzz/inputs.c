/* Goes through a corpus. */
#include "tests/fuzz/inputs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static void run_file(const char *path, size_t size, inputs_fn *run)
{
    FILE *stream = fopen(path, "r");
    uint8_t *bytes = malloc(size);

    fuzz_require(stream != NULL);
    fuzz_require(bytes != NULL || size == 0);
    fuzz_require(fread(bytes, 1, size, stream) == size);
    fclose(stream);
    run(path, bytes, size);
    free(bytes);
}

size_t inputs_run(const char *path, inputs_fn *run)
{
    struct stat status;
    struct dirent **entries;
    size_t number = 0;
    int count;

    if (stat(path, &status) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    if (!S_ISDIR(status.st_mode)) {
        run_file(path, (size_t)status.st_size, run);
        return 1;
    }
    count = scandir(path, &entries, NULL, alphasort);
    fuzz_require(count >= 0);
    for (int i = 0; i < count; i++) {
        char below[4096];

        if (entries[i]->d_name[0] != '.') {
            snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);
            number += inputs_run(below, run);
        }
        free(entries[i]);
    }
    free(entries);
    return number;
}
