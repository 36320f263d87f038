/*
 * How far a word is from the one that may have been meant.
 */
#ifndef BASE_SPELLING_H
#define BASE_SPELLING_H

#include <stddef.h>

/* The longest word that is compared, in bytes. */
#define SPELLING_MAX 40

/* How many letters of one have to be left out, added, changed, or swapped with the next to get the
   other (optimal string alignment distance). A word beyond SPELLING_MAX is far from all:
   SIZE_MAX. No heap, no locks. */
size_t spelling_distance(const char *left, const char *right);

#endif
