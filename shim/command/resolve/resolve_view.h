/*
 * Hosts while they are being looked up: a line for each.
 *
 * On a terminal that has room for them the lines fill in, and the cursor stands below them whenever
 * nothing is being written, so that an end by a signal leaves the terminal in order. Elsewhere a
 * line is written when a host has its outcome.
 */
#ifndef RESOLVE_RESOLVE_VIEW_H
#define RESOLVE_RESOLVE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "shim/command/output/terminal.h"

struct view {
    const struct terminal *out; /* NULL: nothing is shown */
    const struct resolver_options *options;
    const struct resolver_host *hosts;
    size_t count;
    size_t column; /* width of the names */
    struct view_line *lines;
    bool live;
    bool drawn;
    unsigned frame; /* of the spinner */
    int64_t drawn_ms;
};

/*
 * Looks `count` hosts up (resolver_run) and shows how it goes. `out` may be NULL. What it has drawn
 * is gone when it returns, and all hosts have been printed (resolve_print_host).
 */
void view_run(const struct terminal *out, const struct resolver_options *options,
              struct resolver_host *hosts, size_t count);

#endif
