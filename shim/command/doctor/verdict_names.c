/* What verdicts are called, for people and for programs. */
#include "shim/command/doctor/verdict.h"

int verdict_exit(enum verdict_kind kind)
{
    switch (kind) {
    case VERDICT_NOTHING:
        return 4;
    case VERDICT_UNUSED:
    case VERDICT_NOT_AFFECTED:
    case VERDICT_COVERED:
        return 0;
    case VERDICT_NOT_COVERED:
    case VERDICT_UNCLEAR:
        return 1;
    case VERDICT_IMPOSSIBLE:
        return 2;
    }
    return 2;
}

const char *const verdict_names[] = {
    [VERDICT_NOTHING] = "nothing-found",        [VERDICT_UNUSED] = "not-in-use",
    [VERDICT_NOT_AFFECTED] = "not-affected",    [VERDICT_COVERED] = "covered",
    [VERDICT_NOT_COVERED] = "not-covered",      [VERDICT_UNCLEAR] = "unclear",
    [VERDICT_IMPOSSIBLE] = "cannot-be-covered",
};

const char *const verdict_titles[] = {
    [VERDICT_NOTHING] = "NOTHING FOUND",
    [VERDICT_UNUSED] = "NOT IN USE",
    [VERDICT_NOT_AFFECTED] = "NOT AFFECTED",
    [VERDICT_COVERED] = "COVERED",
    [VERDICT_NOT_COVERED] = "AFFECTED, not covered",
    [VERDICT_UNCLEAR] = "CANNOT BE TOLD",
    [VERDICT_IMPOSSIBLE] = "AFFECTED, cannot be covered",
};
