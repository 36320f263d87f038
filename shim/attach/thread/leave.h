/*
 * The end of tracing, without a trace: not even a child to be waited for.
 */
#ifndef THREAD_LEAVE_H
#define THREAD_LEAVE_H

#include <stdbool.h>

#include "shim/attach/thread/breakpoints.h"
#include "shim/attach/thread/inject.h"
#include "shim/boxlite/symbols.h"

/*
 * Restores every byte and releases the thread, which goes on with the registers and the mask of
 * *inject. We are a child of its process, and after us our zombie would be; so the thread first
 * waits for us, in a call of its own waitpid that returns through a signal frame with those
 * registers, by way of `restorer`, 0 if there is none. The caller ends at once if this was true; if
 * false the thread must not go on.
 */
bool leave(struct inject *inject, struct breakpoints *breakpoints, const struct symbols *symbols,
           uint64_t bias, uint64_t restorer);

#endif
