/*
 * What a process that is no part of a start can tell of itself afterwards: whether anybody has
 * written into its memory, and who traces it.
 */
#ifndef TESTS_ATTACH_BYSTANDER_H
#define TESTS_ATTACH_BYSTANDER_H

#include <stdbool.h>
#include <sys/types.h>

/* Before the start: what the memory is to be. */
void bystander_fill_memory(void);

bool bystander_memory_is_same(void);

/* The pid of the tracer of `pid`, 0 if there is none, -1 if there is no such process. */
long bystander_tracer_of(pid_t pid);

#endif
