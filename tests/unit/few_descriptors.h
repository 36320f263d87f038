/* A process that may open no more than a few descriptors. */
#ifndef TESTS_UNIT_FEW_DESCRIPTORS_H
#define TESTS_UNIT_FEW_DESCRIPTORS_H

#include <stddef.h>

/* Until few_descriptors_end the process can open `left` more, of 128 at most that it has then. */
void few_descriptors_begin(size_t left);
void few_descriptors_end(void);

#endif
