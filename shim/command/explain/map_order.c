#include "shim/command/explain/map_order.h"

#include <stdbool.h>
#include <stdint.h>

#define GROUP ((size_t)8) /* slots: abi.MapGroupSlots */

enum {
    EXACT = 14,           /* as many as a table of two groups holds */
    LARGEST_TABLE = 1024, /* slots: maxTableCapacity; larger maps are several of these */
    FULL = 7              /* of a group's slots, on average: maxAvgGroupLoad */
};

/* One group: the order of insertion, rotated. What begins at an empty slot begins at the front. */
static void first_in_group(const size_t *entries, size_t count, double *probability)
{
    for (size_t i = 1; i < count; i++)
        probability[i] = (double)(entries[i] - entries[i - 1]) / (double)GROUP;
    probability[0] = (double)(entries[0] + GROUP - entries[count - 1]) / (double)GROUP;
}

/* Adds to each how many slots, in a round of two groups, lie between it and the one before it: from
   each of those the iteration comes to it first. */
static void add_gaps(const size_t *slot, size_t count, double *gaps)
{
    for (size_t i = 0; i < count; i++) {
        size_t gap = 2 * GROUP;

        for (size_t j = 0; j < count; j++) {
            const size_t behind = (slot[i] + 2 * GROUP - slot[j]) % (2 * GROUP);

            if (j != i && behind < gap)
                gap = behind;
        }
        gaps[i] += (double)gap;
    }
}

/*
 * Two groups: every way in which the hashes can fall, the first entry's group being fixed because
 * the two are alike. When the table of 16 slots replaces the one group, its entries are put in in
 * their order, as if they had been put in from the start.
 */
static void first_in_two_groups(size_t total, const size_t *entries, size_t count,
                                double *probability)
{
    const uint32_t ways = UINT32_C(1) << (total - 1);

    for (size_t i = 0; i < count; i++)
        probability[i] = 0;
    for (uint32_t way = 0; way < ways; way++) {
        size_t used[2] = {0, 0};
        size_t slot[EXACT];
        size_t next = 0;

        for (size_t entry = 0; entry < total && next < count; entry++) {
            size_t group = entry == 0 ? 0 : (way >> (entry - 1)) & 1U;

            if (used[group] == GROUP)
                group = 1 - group;
            if (entry == entries[next])
                slot[next++] = GROUP * group + used[group];
            used[group]++;
        }
        add_gaps(slot, count, probability);
    }
    for (size_t i = 0; i < count; i++)
        probability[i] /= (double)(2 * GROUP * ways);
}

static size_t group_count(size_t total)
{
    size_t slots = 2 * GROUP;

    while (slots < LARGEST_TABLE && slots / GROUP * FULL < total)
        slots *= 2;
    return slots / GROUP;
}

/*
 * Larger tables: groups are taken never to be full, so that each entry lies in each group with the
 * same probability whatever the others do. Seen from one entry, `at`, any other lies some groups
 * before it, going backwards and round: 0 to groups - 1 if it was put in earlier, 1 to groups if
 * later, since in the same group it then stands behind `at`.
 */
struct around {
    size_t groups;
    const size_t *entries;
    size_t count;
    size_t at; /* index in `entries`; so are the ones below */
};

/* P(`other` lies more than `steps` groups before `at`). */
static double further(const struct around *around, size_t steps, size_t other)
{
    const size_t most = other < around->at ? around->groups - 1 : around->groups;

    return steps >= most ? 0 : (double)(most - steps) / (double)around->groups;
}

/* P(`other` lies `steps` groups before `at`, in front of `nearest` in the same group). */
static double in_front(const struct around *around, size_t steps, size_t other, size_t nearest)
{
    const bool possible = other < around->at ? steps < around->groups : steps > 0;

    return other < nearest && possible ? 1 / (double)around->groups : 0;
}

/* How many slots deeper in its group `at` is expected than `nearest`, by what was put in before
   them and is none of `entries`: that lies in any group alike. */
static double depth(const struct around *around, size_t nearest)
{
    const double before_at = (double)(around->entries[around->at] - around->at);
    const double before_nearest = (double)(around->entries[nearest] - nearest);

    return (before_at - before_nearest) / (double)around->groups;
}

/*
 * What `nearest` contributes to the expected gap in front of `at` by lying `steps` groups before
 * it: it bounds the gap where each of the others is further away, or in front of it.
 */
static double gap_to(const struct around *around, size_t steps, size_t nearest)
{
    double probability = 1 / (double)around->groups;
    double slots = depth(around, nearest);

    if (steps == 0)
        slots += 1; /* `nearest` stands in front of `at` */
    if (steps == around->groups)
        slots -= 1; /* the other way round */
    for (size_t other = 0; other < around->count; other++) {
        const double front = in_front(around, steps, other, nearest);
        const double allowed = front + further(around, steps, other);

        if (other == around->at || other == nearest)
            continue;
        if (steps > 0 && front > 0)
            slots -= front / allowed;
        probability *= allowed;
    }
    return probability * ((double)(GROUP * steps) + slots);
}

/* In slots. */
static double expected_gap(const struct around *around)
{
    double gap = 0;

    for (size_t nearest = 0; nearest < around->count; nearest++) {
        const size_t first = nearest < around->at ? 0 : 1;

        for (size_t step = 0; nearest != around->at && step < around->groups; step++)
            gap += gap_to(around, first + step, nearest);
    }
    return gap;
}

void map_order_first(size_t total, const size_t *entries, size_t count, double *probability)
{
    const size_t groups = group_count(total);

    if (count == 1) {
        probability[0] = 1;
    } else if (total <= GROUP) {
        first_in_group(entries, count, probability);
    } else if (total <= EXACT) {
        first_in_two_groups(total, entries, count, probability);
    } else {
        for (size_t i = 0; i < count; i++) {
            const struct around around = {
                .groups = groups, .entries = entries, .count = count, .at = i};

            probability[i] = expected_gap(&around) / (double)(GROUP * groups);
        }
    }
}

double map_order_error(size_t total)
{
    return total <= EXACT ? 0 : 0.07;
}
