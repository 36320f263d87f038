/* A NULL-terminated array of strings that grows. */
#include "shim/base/words.h"

#include <stdlib.h>
#include <string.h>

void words_add(struct words *words, const char *word)
{
    char **larger = words->list;

    if (words->failed) {
        return;
    }
    /* With its terminator the list fills a power of two: double it. */
    if ((words->count & (words->count + 1)) == 0) {
        larger = reallocarray(words->list, 2 * (words->count + 1), sizeof(*larger));
    }
    if (larger == NULL) {
        words->failed = true;
        return;
    }
    words->list = larger;
    larger[words->count++] = (char *)word;
    larger[words->count] = NULL;
}

void words_take(struct words *words, char *word)
{
    words->failed = words->failed || word == NULL;
    if (!words->failed) {
        words_add(words, word);
    }
    if (words->failed) {
        free(word);
    }
}

void words_add_some(struct words *words, char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        words_add(words, list[i]);
    }
}

void words_add_all(struct words *words, char *const *list)
{
    for (; *list != NULL; list++) {
        words_add(words, *list);
    }
}

void words_add_text(struct words *words, const char *text, size_t length)
{
    for (size_t at = 0; at < length; at += strlen(text + at) + 1) {
        words_add(words, text + at);
    }
}

void words_clear(struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        free(words->list[i]);
    }
    free(words->list);
    *words = (struct words){0};
}
