/*
 * The answers of the creates in flight, for the bridge's own lookups.
 *
 * A bridge on libc's resolver asks getaddrinfo for the same names right after the plan has resolved
 * them. It is told the same again instead of asking the network, serially and without a deadline.
 */
#ifndef PRELOAD_PINS_H
#define PRELOAD_PINS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "shim/plan/plan.h"
#include "shim/preload/bridge.h"

/* One create in flight. Lives on its caller's stack between pins_add and pins_remove. */
struct pins {
    const struct plan *plan;
    const struct bridge *bridge;
    struct pins *next;
};

/* To be called once, before the first hook: makes fork safe. */
void pins_start(void);

/* Publishes and withdraws the pins of `plan` for lookups that come from inside `bridge`. Both
   structures must live until pins_remove. Any thread. */
void pins_add(struct pins *pins, const struct plan *plan, const struct bridge *bridge);
void pins_remove(struct pins *pins);

/* Whether any create is in flight. A load; async-signal-safe. */
bool pins_in_flight(void);

/*
 * What `name` is pinned to for a caller at `caller`, by any create in flight. Returns the number of
 * addresses and in *out a copy, the caller's to free; 0 if it is not pinned; -1 when memory is
 * short. Any thread.
 */
int pins_find(const void *caller, const char *name, struct in_addr **out);

#endif
