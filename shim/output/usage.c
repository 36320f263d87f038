#include "shim/output/usage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_WORD 32

void usage_error(const char *command, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "boxlite-allownet%s%s: ", command != NULL ? " " : "",
            command != NULL ? command : "");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nTry: boxlite-allownet %s%s\n", command != NULL ? command : "help",
            command != NULL ? " --help" : "");
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    const size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Optimal string alignment distance: a letter left out, added, changed, or swapped with the next
   costs one. */
static size_t distance(const char *left, const char *right)
{
    size_t rows[3][LONGEST_WORD + 1];
    const size_t width = strlen(right);
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];

    for (size_t j = 0; j <= width; j++)
        above[j] = j;
    for (size_t i = 1; i <= strlen(left); i++) {
        size_t *oldest = before;

        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            row[j] = smallest(row[j - 1] + 1, above[j] + 1,
                              above[j - 1] + (left[i - 1] != right[j - 1]));
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                row[j] = smallest(row[j], before[j - 2] + 1, row[j]);
        }
        before = above;
        above = row;
        row = oldest;
    }
    return above[width];
}

const char *usage_nearest(const char *word, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t least = strlen(word) < 4 ? 1 : 2;

    if (strlen(word) > LONGEST_WORD)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const size_t found = distance(word, candidates[i]);

        if (found < least + (nearest == NULL)) {
            nearest = candidates[i];
            least = found;
        }
    }
    return nearest;
}

void usage_unknown_option(const char *command, const struct option *options, const char *word)
{
    const char *names[16];
    size_t count = 0;
    const char *nearest;

    while (count < sizeof names / sizeof names[0] && options[count].name != NULL) {
        names[count] = options[count].name;
        count++;
    }
    nearest = strncmp(word, "--", 2) == 0 ? usage_nearest(word + 2, names, count) : NULL;
    if (nearest != NULL)
        usage_error(command, "there is no option \"%s\"; did you mean \"--%s\"?", word, nearest);
    else
        usage_error(command, "there is no option \"%s\"", word);
}
