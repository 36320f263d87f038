/*
 * In which order Go goes through a map that the bridge fills with zones, as far as that can be
 * computed: which of some entries comes first.
 *
 * Go 1.24 to 1.27 (the published shims are built with 1.26.4 and later), a map[string]T without a
 * size hint, as those of the published 0.9.7 and 0.10.0 are, and without deletions;
 * src/internal/runtime/maps/table.go (Iter.Next, table.grow, PutSlot) and map.go. A map of up to 8
 * entries is one group of 8 slots, filled in the order of insertion. A larger one is a table of
 * groups of 8 slots, at most 7/8 full, doubled when more is needed; an entry goes to the group that
 * its hash names, or where that is full to another. The iteration begins at a slot drawn anew each
 * time, all slots being equally likely, and goes round once. It is therefore no shuffle: what was
 * put in first is more likely to come first.
 */
#ifndef EXPLAIN_MAP_ORDER_H
#define EXPLAIN_MAP_ORDER_H

#include <stddef.h>

/*
 * Fills probability[i] with the probability that entries[i] comes before the other `count` - 1.
 * `entries` are positions in the order of insertion, ascending, each below `total`, the number of
 * entries of the map. Exact for up to 14 entries, given a hash that is uniform and independent;
 * for more see map_order_error. Pure.
 */
void map_order_first(size_t total, const size_t *entries, size_t count, double *probability);

/*
 * How far from the truth a probability of a map with `total` entries may be: 0 up to 14 entries.
 * Above that groups are taken never to be full and never to have been moved; what that costs was
 * measured on Go's runtime (tests/explain/maporder.go), not proven.
 */
double map_order_error(size_t total);

#endif
