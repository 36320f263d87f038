/*
 * Every character of Unicode, as far as a rule is concerned: which are trimmed, which are shown as
 * they are, and which bytes are no character at all.
 */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/run.h"
#include "zones/rule.h"
#include "zones/text.h"
#include "zones/utf8.h"

enum { LAST = 0x10ffff, ALL_BELOW = 0x3100, STEP = 251 };

/* Behind the last that is treated in its own way a part will do. Surrogates are no characters. */
static uint32_t next(uint32_t rune)
{
    rune += rune < ALL_BELOW ? 1 : STEP;
    return rune >= 0xd800 && rune <= 0xdfff ? 0xe000 : rune;
}

/* unicode.White_Space of Go, which strings.TrimSpace strips. */
static const uint32_t spaces[] = {0x09,   0x0a,   0x0b,   0x0c,   0x0d,   0x20,   0x85,
                                  0xa0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004,
                                  0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028,
                                  0x2029, 0x202f, 0x205f, 0x3000};

/* General categories Cc, Zl and Zp, and the characters of Unicode's bidirectional algorithm. */
static const struct {
    uint32_t first;
    uint32_t last;
} hidden[] = {{0x00, 0x1f}, {0x7f, 0x9f}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};

static bool is_space(uint32_t rune)
{
    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
        if (spaces[i] == rune) {
            return true;
        }
    }
    return false;
}

static bool is_hidden(uint32_t rune)
{
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        if (rune >= hidden[i].first && rune <= hidden[i].last) {
            return true;
        }
    }
    return false;
}

START_TEST(white_space_and_nothing_else_is_trimmed)
{
    for (uint32_t rune = 0; rune <= LAST; rune = next(rune)) {
        char entry[16];
        struct rule rule;
        size_t length;

        length = utf8_write(rune, entry);
        memcpy(entry + length, "a.b", 3);
        length += 3;
        length += utf8_write(rune, entry + length);
        /* A letter or a digit makes another host. */
        if (rule_parse(entry, length, &rule) != 0 ||
            (rule.name != NULL && strcmp(rule.name, "a.b") == 0) != is_space(rune)) {
            ck_abort_msg("U+%04X", rune);
        }
        rule_clear(&rule);
    }
}
END_TEST

START_TEST(what_drives_a_terminal_is_not_shown_as_it_is)
{
    for (uint32_t rune = 0; rune <= LAST; rune = next(rune)) {
        struct text text = {0};
        char bytes[4];
        size_t length;
        bool raw;

        length = utf8_write(rune, bytes);
        text_add_printable(&text, bytes, length, 100);
        raw = text.length == length && memcmp(text.bytes, bytes, length) == 0;
        if (raw == is_hidden(rune) || (!raw && strncmp(text.bytes, "\\x", 2) != 0)) {
            ck_abort_msg("U+%04X", rune);
        }
        text_clear(&text);
    }
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    for (uint32_t rune = 0; rune <= LAST; rune = next(rune)) {
        uint32_t read = 0;
        char bytes[4];
        size_t length;

        length = utf8_write(rune, bytes);
        if (utf8_read(bytes, length, &read) != length || read != rune) {
            ck_abort_msg("U+%04X", rune);
        }
        /* Cut short it is none. */
        if (length > 1 && utf8_read(bytes, length - 1, &read) != 1) {
            ck_abort_msg("U+%04X cut", rune);
        }
    }
}
END_TEST

/* RFC 3629, section 3: overlong forms, surrogates, beyond the last, bytes out of place. */
static const char *const broken[] = {
    "\xc0\x80",
    "\xc1\xbf",
    "\xe0\x80\x80",
    "\xe0\x9f\xbf",
    "\xf0\x80\x80\x80",
    "\xf0\x8f\xbf\xbf",
    "\xed\xa0\x80",
    "\xed\xbf\xbf",
    "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80",
    "\xff",
    "\x80",
    "\xc3\x28",
    "\xe2\x82\x28",
    "\xf0\x9f\x98\x28",
};

START_TEST(bytes_that_are_no_character_are_taken_singly)
{
    uint32_t rune = 0;

    ck_assert_uint_eq(utf8_read(broken[_i], strlen(broken[_i]), &rune), 1);
    ck_assert_uint_eq(rune, UTF8_REPLACEMENT);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("runes");

    tcase_add_test(cases, white_space_and_nothing_else_is_trimmed);
    tcase_add_test(cases, what_drives_a_terminal_is_not_shown_as_it_is);
    tcase_add_test(cases, what_is_written_is_read_back);
    tcase_add_loop_test(cases, bytes_that_are_no_character_are_taken_singly, 0,
                        sizeof(broken) / sizeof(broken[0]));
    return run_cases("runes", cases);
}
