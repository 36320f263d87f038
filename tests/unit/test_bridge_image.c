/* The search for a bridge in a file survives whatever the file says of itself. */
#include <check.h>
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/boxlite/go_info.h"
#include "shim/command/doctor/bridge_image.h"
#include "tests/unit/run.h"

#define FRONT 4099 /* where an embedded image begins: not aligned */

static unsigned char *file;
static size_t size;

/* This very program: an ELF image with symbols. */
static void read_self(void)
{
    FILE *stream = fopen("/proc/self/exe", "rb");

    ck_assert_ptr_nonnull(stream);
    fseek(stream, 0, SEEK_END);
    size = (size_t)ftell(stream);
    rewind(stream);
    file = malloc(size);
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(file, 1, size, stream), size);
    fclose(stream);
}

static void free_self(void)
{
    free(file);
}

static enum bridge_search search(const void *bytes, size_t length)
{
    struct bridge_image image;
    const enum bridge_search status = bridge_image_find(bytes, length, &image);

    ck_assert_ptr_null(image.bytes);
    bridge_image_clear(&image);
    return status;
}

START_TEST(a_text_is_no_elf_image)
{
    ck_assert_int_eq(search("", 0), BRIDGE_NO_ELF);
    ck_assert_int_eq(search("#!/bin/sh\n", 10), BRIDGE_NO_ELF);
    ck_assert_int_eq(search(ELFMAG, SELFMAG), BRIDGE_NO_ELF);
}
END_TEST

START_TEST(a_program_without_a_bridge_has_none)
{
    ck_assert_int_eq(search(file, size), BRIDGE_SEARCHED);
}
END_TEST

START_TEST(no_cut_is_read_beyond)
{
    for (size_t length = sizeof(Elf64_Ehdr); length < size; length = length * 9 / 8 + 7) {
        /* In a block of its own, so that a sanitizer sees its end. */
        unsigned char *cut = malloc(length);

        ck_assert_ptr_nonnull(cut);
        memcpy(cut, file, length);
        search(cut, length);
        free(cut);
    }
}
END_TEST

/* A header that is changed in one place, alone and embedded behind something else. */
START_TEST(no_header_is_believed)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    const size_t length = size < 65536 ? size : 65536;
    unsigned char *whole = calloc(1, FRONT + length);

    ck_assert_ptr_nonnull(whole);
    memcpy(whole, file, sizeof(Elf64_Ehdr));
    memcpy(whole + FRONT, file, length);
    for (size_t at = EI_NIDENT; at < sizeof(Elf64_Ehdr) + 4 * sizeof(Elf64_Phdr); at++) {
        for (size_t i = 0; i < sizeof(values); i++) {
            const unsigned char kept = whole[FRONT + at];

            whole[FRONT + at] = values[i];
            search(whole, FRONT + length);
            whole[FRONT + at] = kept;
        }
    }
    free(whole);
}
END_TEST

/* ---- Go's build info ---- */

static size_t make_info(unsigned char *out, const char *version, const char *modules)
{
    unsigned char *at = out + 32;

    memset(out, 0, 32);
    memcpy(out, "\xff Go buildinf:\x08\x02", 16);
    *at++ = (unsigned char)strlen(version);
    at = mempcpy(at, version, strlen(version));
    *at++ = (unsigned char)(0x80 | ((strlen(modules) + 32) & 0x7f));
    *at++ = (unsigned char)((strlen(modules) + 32) >> 7);
    at = mempcpy(at, "0123456789abcdef", 16);
    at = mempcpy(at, modules, strlen(modules));
    at = mempcpy(at, "0123456789abcdef", 16);
    return (size_t)(at - out);
}

static const char modules[] = "path\tmain\n"
                              "dep\tgithub.com/containers/gvisor-tap-vsock\tv0.8.7\th1:x=\n"
                              "build\tvcs.revision=0123456789abcdef0123456789abcdef01234567\n"
                              "build\tvcs.modified=true\n";

START_TEST(build_info_is_read)
{
    unsigned char text[512];
    const size_t length = make_info(text, "go1.26.4 (vendor 1)", modules);
    struct go_info info;

    ck_assert(go_info_read(text, length, &info));
    ck_assert_str_eq(info.version, "go1.26.4");
    ck_assert_str_eq(info.matcher, "v0.8.7");
    ck_assert_str_eq(info.revision, "0123456789abcdef0123456789abcdef01234567");
}
END_TEST

START_TEST(build_info_of_another_program_is_passed_over)
{
    unsigned char text[1024];
    size_t length = make_info(text, "go1.1", "path\tother\ndep\texample.org/x\tv1.0.0\n");
    struct go_info info;

    ck_assert(!go_info_read(text, length, &info));
    ck_assert_str_eq(info.version, "");
    length += make_info(text + length, "go1.2", modules);
    ck_assert(go_info_read(text, length, &info));
    ck_assert_str_eq(info.version, "go1.2");
}
END_TEST

START_TEST(build_info_that_is_cut_is_none)
{
    unsigned char text[512];
    const size_t whole = make_info(text, "go1.26.4", modules);
    struct go_info info;

    for (size_t length = 0; length < whole; length++) {
        unsigned char *cut = malloc(length + 1);

        ck_assert_ptr_nonnull(cut);
        memcpy(cut, text, length);
        ck_assert(!go_info_read(cut, length, &info));
        free(cut);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("bridge_image");

    tcase_add_checked_fixture(cases, read_self, free_self);
    tcase_add_test(cases, a_text_is_no_elf_image);
    tcase_add_test(cases, a_program_without_a_bridge_has_none);
    tcase_add_test(cases, no_cut_is_read_beyond);
    tcase_add_test(cases, no_header_is_believed);
    tcase_add_test(cases, build_info_is_read);
    tcase_add_test(cases, build_info_of_another_program_is_passed_over);
    tcase_add_test(cases, build_info_that_is_cut_is_none);
    return run_cases("bridge_image", cases);
}
