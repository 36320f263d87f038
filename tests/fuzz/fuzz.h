/*
 * What the fuzz targets share. A target is a file fuzz_TARGET.c with LLVMFuzzerTestOneInput, linked
 * with libFuzzer to look for inputs or with replay.c to run those that are in the repository.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* What is wanted of every target: runs one input of `size` bytes; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Ends the program, and so makes a finding, unless the claim holds. */
#define fuzz_require(claim) ((claim) ? (void)0 : fuzz_fail(#claim, __FILE__, __LINE__))

__attribute__((noreturn)) void fuzz_fail(const char *claim, const char *file, int line);

/* A list of strings, each in an allocation of its own size, so that a read past its end is seen. */
struct fuzz_words {
    char **list; /* NULL-terminated */
    size_t count;
};

/* Cuts the input at its NULs: n of them make n + 1 words, no input none. */
void fuzz_words_split(const uint8_t *bytes, size_t size, struct fuzz_words *out);
void fuzz_words_clear(struct fuzz_words *words);

/* Puts the input into a file without a name, the same one each time. Returns a path to it; constant
   until the next call. */
const char *fuzz_file(const uint8_t *bytes, size_t size);

/* The same number for the same bytes, everywhere. */
uint64_t fuzz_hash(const void *bytes, size_t size);

#endif
