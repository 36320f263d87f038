/* What the fuzz targets share. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_fail(const char *claim, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
    abort();
}

void fuzz_words_split(const uint8_t *bytes, size_t size, struct fuzz_words *out)
{
    const char *at = (const char *)bytes;
    size_t left = size;

    out->count = 0;
    out->list = calloc(size + 2, sizeof(*out->list));
    fuzz_require(out->list != NULL);
    while (size > 0) {
        const size_t length = strnlen(at, left);

        out->list[out->count] = strndup(at, length);
        fuzz_require(out->list[out->count] != NULL);
        out->count++;
        if (length == left) {
            return;
        }
        at += length + 1;
        left -= length + 1;
    }
}

void fuzz_words_clear(struct fuzz_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        free(words->list[i]);
    }
    free(words->list);
}

const char *fuzz_file(const uint8_t *bytes, size_t size)
{
    static int file = -1;
    static char path[64];

    if (file < 0) {
        file = memfd_create("fuzz", MFD_CLOEXEC);
        fuzz_require(file >= 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    }
    fuzz_require(ftruncate(file, 0) == 0);
    fuzz_require(size == 0 || pwrite(file, bytes, size, 0) == (ssize_t)size);
    return path;
}

/* FNV-1a, with a last mix so that the low bits depend on every byte. */
uint64_t fuzz_hash(const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    }
    return hash ^ hash >> 32;
}
