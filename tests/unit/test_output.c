/* Text for a person: where lines are broken, what is escaped; which word was meant. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/command/output/terminal.h"
#include "shim/command/output/usage.h"
#include "tests/unit/run.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* What is written for `text` on a terminal of `width` columns, the first line begun at `column`. */
static char *wrapped(bool colour, enum terminal_style style, unsigned width, unsigned column,
                     unsigned indent, const char *text)
{
    char *bytes = NULL;
    size_t size = 0;
    struct terminal out = {.width = width, .colour = colour, .is_live = colour};

    out.stream = open_memstream(&bytes, &size);
    ck_assert_ptr_nonnull(out.stream);
    terminal_wrap(&out, style, column, indent, "%s", text);
    ck_assert_int_eq(fclose(out.stream), 0);
    return bytes;
}

static const struct wrap_case {
    unsigned column;
    unsigned indent;
    const char *text;
    const char *wanted; /* at 40 columns */
} wrap_cases[] = {
    {0, 0, "", "\n"},
    {0, 4, "one two", "one two\n"},
    /* Exactly as wide as the terminal, and one more. */
    {0, 2, "0123456789 0123456789 0123456789 0123456",
     "0123456789 0123456789 0123456789 0123456\n"},
    {0, 2, "0123456789 0123456789 0123456789 01234567",
     "0123456789 0123456789 0123456789\n  01234567\n"},
    {35, 2, "abcde fg", "abcde\n  fg\n"},
    /* A word that is wider than a line stays whole. */
    {0, 2, "a 01234567890123456789012345678901234567890123456789 b",
     "a\n  01234567890123456789012345678901234567890123456789\n  b\n"},
    /* C1's CSI, and an override of the direction. */
    {0, 0,
     "\xc2\x9b"
     "31m\xe2\x80\xae.",
     "\\xc2\\x9b31m\\xe2\\x80\\xae.\n"},
    {0, 0, "\x1b[31mred\r\n\x7f", "\\x1b[31mred\\x0d\\x0a\\x7f\n"},
    /* What is escaped takes four columns; of a letter of two bytes, both take one. */
    {30, 0, "a\x01g hijk", "a\\x01g\nhijk\n"},
    {32, 0, "\xc3\xa4\xc3\xb6\xc3\xbc xyzw", "\xc3\xa4\xc3\xb6\xc3\xbc xyzw\n"},
};

START_TEST(text_is_broken_at_spaces_and_made_harmless)
{
    const struct wrap_case *one = &wrap_cases[_i];
    char *text = wrapped(false, TERMINAL_BAD, 40, one->column, one->indent, one->text);

    ck_assert_str_eq(text, one->wanted);
    free(text);
}
END_TEST

START_TEST(a_style_begins_before_the_text_and_ends_before_the_newline)
{
    char *text = wrapped(true, TERMINAL_BAD, 40, 0, 0, "bad");

    ck_assert_str_eq(text, "\033[31mbad\033[0m\n");
    free(text);
    text = wrapped(true, TERMINAL_PLAIN, 40, 0, 0, "plain");
    ck_assert_str_eq(text, "plain\n");
    free(text);
}
END_TEST

START_TEST(marks_are_of_one_width_and_headings_stand_apart)
{
    char *bytes = NULL;
    size_t size = 0;
    struct terminal out = {.width = 80, .stream = open_memstream(&bytes, &size)};

    ck_assert_ptr_nonnull(out.stream);
    terminal_mark(&out, true);
    terminal_wrap(&out, TERMINAL_PLAIN, TERMINAL_MARKED, TERMINAL_MARKED, "%s %d", "good", 1);
    terminal_mark(&out, false);
    terminal_wrap(&out, TERMINAL_PLAIN, TERMINAL_MARKED, TERMINAL_MARKED, "bad");
    terminal_heading(&out, "Then");
    ck_assert_int_eq(fclose(out.stream), 0);
    ck_assert_str_eq(bytes, "ok      good 1\nFAILED  bad\n\nThen\n");
    free(bytes);
}
END_TEST

START_TEST(what_is_no_terminal_has_a_width_all_the_same)
{
    FILE *file = tmpfile();
    struct terminal out;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
    ck_assert_int_eq(unsetenv("COLUMNS"), 0);
    terminal_open(file, &out);
    ck_assert(!out.is_live && !out.colour);
    ck_assert_uint_eq(out.width, 80);
    ck_assert_int_eq(setenv("COLUMNS", "120", 1), 0);
    terminal_open(file, &out);
    ck_assert_uint_eq(out.width, 120);
    ck_assert_int_eq(setenv("COLUMNS", "3", 1), 0);
    terminal_open(file, &out);
    ck_assert_uint_eq(out.width, 40);
    ck_assert_int_eq(setenv("COLUMNS", "many", 1), 0);
    terminal_open(file, &out);
    ck_assert_uint_eq(out.width, 80);
    ck_assert_int_eq(fclose(file), 0);
}
END_TEST

static const struct nearest_case {
    const char *word;
    const char *wanted;
} nearest_cases[] = {
    {"resolve", "resolve"},
    {"resolv", "resolve"},
    {"rseolve", "resolve"},
    {"resolvee", "resolve"},
    {"resollvee", "resolve"},
    {"rezzolv", NULL},
    {"ru", "run"},
    {"rnu", "run"},
    {"rum", "run"},
    {"rat", NULL},
    {"doctor", "doctor"},
    {"dcotro", "doctor"},
    {"", NULL},
    {"frobnicate", NULL},
    {"doc", "doctor"},
    {"resol", "resolve"},
    {"do", NULL},
    {"012345678901234567890123456789012", NULL},
};

START_TEST(the_nearest_word_is_found_if_it_is_near)
{
    static const char *const words[] = {"run", "doctor", "resolve"};
    const struct nearest_case *one = &nearest_cases[_i];

    ck_assert_pstr_eq(usage_nearest(one->word, words, 3), one->wanted);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("output");

    tcase_add_loop_test(cases, text_is_broken_at_spaces_and_made_harmless, 0, COUNT(wrap_cases));
    tcase_add_test(cases, a_style_begins_before_the_text_and_ends_before_the_newline);
    tcase_add_test(cases, marks_are_of_one_width_and_headings_stand_apart);
    tcase_add_test(cases, what_is_no_terminal_has_a_width_all_the_same);
    tcase_add_loop_test(cases, the_nearest_word_is_found_if_it_is_near, 0, COUNT(nearest_cases));
    return run_cases("output", cases);
}
