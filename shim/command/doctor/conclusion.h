/*
 * What an operator wants to know: reached by verdict.c, with the advice of advice.c.
 */
#ifndef DOCTOR_CONCLUSION_H
#define DOCTOR_CONCLUSION_H

#include "shim/base/words.h"

/* In the order of how bad it is. */
enum verdict_kind {
    VERDICT_NOTHING, /* nothing of boxlite was seen: no verdict on a deployment */
    VERDICT_UNUSED,  /* it is there, and nothing uses it */
    VERDICT_NOT_AFFECTED,
    VERDICT_COVERED,
    VERDICT_NOT_COVERED,
    VERDICT_UNCLEAR, /* whether it is affected, or covered, cannot be told */
    VERDICT_IMPOSSIBLE
};

struct verdict {
    enum verdict_kind kind;
    char release[128];  /* "boxlite 0.9.7"; "" */
    char reason[512];   /* a clause for the line of the verdict; "" */
    const char *way_in; /* "preload", "carry", "attach", "overlay", "none"; constant */
    /* What to do: alternatives, each a sentence and then the commands that do it, a line each. */
    struct words advice;
    const char
        *afterwards; /* what is to follow, whichever was chosen; constant, NULL for nothing */
};

#endif
