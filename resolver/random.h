/* Random numbers that nobody can guess: the identifiers of questions. */
#ifndef RESOLVER_RANDOM_H
#define RESOLVER_RANDOM_H

#include <stdint.h>

/*
 * Sets `number` to one of 65,536 equally likely values. Returns 0, or an errno if the system has no
 * source of randomness: a question with a number that can be guessed is not to be asked. Thread
 * safe.
 */
int random_16(uint16_t *number);

#endif
