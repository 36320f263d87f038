/*
 * The one text of a refusal: "allowNet: FINDING; FINDING; ... and N more".
 *
 * At most 20 findings are spelt out, so that the text fits where users see it; the log has them
 * all.
 */
#ifndef PLAN_REFUSAL_H
#define PLAN_REFUSAL_H

#include <stddef.h>

struct refusal;

/* NULL when memory is short; the functions below take NULL and remember the failure as well. */
struct refusal *refusal_new(void);

/* Adds a finding. */
__attribute__((format(printf, 2, 3))) void refusal_add(struct refusal *refusal, const char *format,
                                                       ...);

/* Notes that a finding could not be made for lack of memory: refusal_take then returns NULL. */
void refusal_fail(struct refusal *refusal);

/* Findings so far; 1 where memory was short, since then nothing can be vouched for. */
size_t refusal_count(const struct refusal *refusal);

/* Ends the refusal and returns its text, the caller's to free; NULL where memory was short. */
char *refusal_take(struct refusal *refusal);

/* Ends the refusal without a text. */
void refusal_free(struct refusal *refusal);

#endif
