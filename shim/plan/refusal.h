/*
 * The one text of a refusal: "allowNet: FINDING; FINDING; ... and N more".
 *
 * At most 20 findings are spelt out, so that the text fits where users see it; the log has them
 * all.
 */
#ifndef PLAN_REFUSAL_H
#define PLAN_REFUSAL_H

#include <stddef.h>

#include "zones/text.h"

/* Zeroed at first. Of one without a finding there is nothing to free. */
struct refusal {
    struct text text; /* failed: a finding could not be made for lack of memory */
    size_t count;
};

/* Adds a finding. */
__attribute__((format(printf, 2, 3))) void refusal_add(struct refusal *refusal, const char *format,
                                                       ...);

/* Findings so far; 1 where memory was short, since then nothing can be vouched for. */
size_t refusal_count(const struct refusal *refusal);

/* Ends the refusal and returns its text, the caller's to free; NULL where memory was short. */
char *refusal_take(struct refusal *refusal);

#endif
