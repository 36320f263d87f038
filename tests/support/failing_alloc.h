/*
 * Lets the n-th allocation fail, and counts what is not freed. For programs linked with
 * $(FAILING_ALLOC_LDFLAGS); what libc allocates for itself is not seen.
 */
#ifndef SUPPORT_FAILING_ALLOC_H
#define SUPPORT_FAILING_ALLOC_H

#include <stddef.h>

/* From now on counts; the n-th allocation from here fails, 0 for none. */
void failing_alloc_start(size_t nth);

/* Likewise, and all that come after it fail too. */
void failing_alloc_start_from(size_t nth);

/* Ends counting. Returns the number of allocations asked for since the start. */
size_t failing_alloc_stop(void);

/* Allocations made since the start less those freed. */
long failing_alloc_live(void);

#endif
