/*
 * A list of strings that grows: arguments and environments to be. Failure is remembered and checked
 * once, at the end.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct words {
    char **list; /* NULL-terminated once anything was added; the strings are borrowed or taken */
    size_t count;
    bool failed; /* memory was short: the list is incomplete */
};

void words_add(struct words *words, const char *word);

/* Takes `word`, from malloc, to keep or free. NULL, as from an allocation that failed, is a
 * failure.
 */
void words_take(struct words *words, char *word);

void words_add_all(struct words *words, char *const *list);

/* Adds the first `count` of the list. */
void words_add_some(struct words *words, char *const *list, size_t count);

/* The strings of a text of `length` bytes in which each ends with a NUL, as those of
   /proc/PID/environ and cmdline. They are borrowed. */
void words_add_text(struct words *words, const char *text, size_t length);

/* Frees the list and its strings, each of which was taken. */
void words_clear(struct words *words);

#endif
