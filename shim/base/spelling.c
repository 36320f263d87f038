/*
 * Optimal string alignment distance, row by row.
 */
#include "shim/base/spelling.h"

#include <stdint.h>
#include <string.h>

static size_t smallest(size_t a, size_t b, size_t c)
{
    const size_t least = a < b ? a : b;

    return least < c ? least : c;
}

size_t spelling_distance(const char *left, const char *right)
{
    size_t rows[3][SPELLING_MAX + 1];
    const size_t width = strlen(right);
    const size_t height = strlen(left);
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];

    if (width > SPELLING_MAX || height > SPELLING_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= width; j++) {
        above[j] = j;
    }
    for (size_t i = 1; i <= height; i++) {
        size_t *oldest = before;

        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            row[j] = smallest(row[j - 1] + 1, above[j] + 1,
                              above[j - 1] + (left[i - 1] != right[j - 1]));
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                row[j] = smallest(row[j], before[j - 2] + 1, row[j]);
            }
        }
        before = above;
        above = row;
        row = oldest;
    }
    return above[width];
}
