/*
 * The answers of the creates in flight, for the bridge's own lookups.
 *
 * A bridge asks for the same names right after the plan has resolved them. It is told the same
 * again instead of asking the network, serially and without a deadline.
 */
#ifndef PRELOAD_PINS_H
#define PRELOAD_PINS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "shim/plan/plan.h"
#include "shim/preload/bridge.h"
#include "shim/preload/go_lookups.h"

/* One create in flight. Lives on its caller's stack between pins_add and pins_remove. */
struct pins {
    const struct plan *plan;
    const struct bridge *bridge;
    struct go_lookups *lookups; /* of that bridge; NULL if they are left alone */
    struct pins *next;
};

/* To be called once, before the first hook: makes fork safe. */
void pins_start(void);

/*
 * Publishes the pins of `plan` for lookups that come from inside `bridge`, and has these come here.
 * Both structures must live until pins_remove. Returns NULL, or why the bridge, if it uses Go's own
 * resolver, will ask the network all the same: said once for each bridge. Any thread.
 */
const char *pins_add(struct pins *pins, const struct plan *plan, const struct bridge *bridge);

/* Withdraws them. Any thread. */
void pins_remove(struct pins *pins);

/* Whether any create is in flight. A load; async-signal-safe. */
bool pins_in_flight(void);

enum pins_answer {
    PINS_NONE,         /* it is no lookup of a create: none of ours to answer */
    PINS_ADDRESSES,    /* these */
    PINS_NO_SUCH_HOST, /* a create's, for a name that the plan has no address for */
    PINS_NO_MEMORY
};

/*
 * The answer to a lookup of `name` by a caller at `caller`. Which create it belongs to cannot be
 * told, since Go moves it to another thread: it gets what all in flight have for that name.
 * PINS_ADDRESSES fills *out with at least one address, the caller's to free, and *count. Any
 * thread.
 */
enum pins_answer pins_find(const void *caller, const char *name, struct in_addr **out,
                           size_t *count);

#endif
