/*
 * What launch, outside the jail, hands to attach, inside it: settings, answers, log lines.
 *
 * The jail's environment is cleared and its view of the network's configuration may be nothing, so
 * everything that was learned outside travels in one sealed memfd, as lines of text:
 *
 *   boxlite-allownet handover 2
 *   env BOXLITE_ALLOWNET_LOG=debug
 *   host NAME OUTCOME ATTEMPTS OUT_OF_BUDGET NO_NAMESERVER SEARCH IN_FILE ERRNO ADDRESS,ADDRESS...
 *   log LEVEL text
 *   end
 */
#ifndef PLAN_HANDOVER_H
#define PLAN_HANDOVER_H

#include "shim/base/log_lines.h"
#include "shim/base/words.h"
#include "shim/plan/answers.h"

struct handover {
    struct words environment; /* "BOXLITE_ALLOWNET...=..." strings, for settings_read */
    struct answers answers;   /* sorted once read */
    struct log_lines logs;    /* to be replayed through the shim's callback */
};

/*
 * Writes `handover` into a new memfd, sealed, its offset at 0, with a number of 10 or above and
 * without close-on-exec (the fd has to survive exec and bwrap). Returns the descriptor, the
 * caller's to close, or -1 with errno.
 */
int handover_write(const struct handover *handover);

/*
 * Reads what handover_write wrote from `descriptor` and closes it. Returns 0 and fills *out (free
 * with handover_clear); -1 with errno, EBADMSG for a text that is no handover, EPERM for one that
 * was written with another effective user id than ours, *out then empty.
 */
int handover_read(int descriptor, struct handover *out);

/* Frees what the handover owns and empties it. */
void handover_clear(struct handover *handover);

#endif
