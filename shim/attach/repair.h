/*
 * One gvproxy_create in the tracee: the plan for it, and the plan carried out.
 */
#ifndef ATTACH_REPAIR_H
#define ATTACH_REPAIR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shim/attach/thread/breakpoints.h"
#include "shim/attach/thread/heap.h"
#include "shim/base/log.h"
#include "shim/base/log_lines.h"
#include "shim/boxlite/symbols.h"
#include "shim/plan/handover.h"
#include "shim/plan/plan.h"
#include "shim/plan/settings.h"

struct repair {
    pid_t pid;
    const struct symbols *symbols;
    const struct handover *handover;
    const struct settings *settings;
    bool answers_lookups; /* else the bridge looks up for itself */
    uint64_t bias;        /* of the tracee's addresses against the file's */
    uint64_t restorer;    /* in the tracee: what its signal handlers return to; 0 if unknown */
    uint64_t blocked;     /* signals that it has blocked by the time it is left */
    struct breakpoints *breakpoints;

    uint64_t log_callback; /* in the tracee; 0 until it has set one */
    struct log log;
    struct log_lines lines;
    struct heap heap;
    struct plan plan;
    uint64_t answers; /* in the tracee, for good: the bridge keeps the addresses */
};

/* What becomes of the tracee, which is stopped. */
enum repair_next {
    REPAIR_RUN,      /* it goes on, to its next stop */
    REPAIR_RELEASED, /* it goes on, and is none of ours any more */
    REPAIR_FAILED    /* it must not go on */
};

/* gvproxy_create is about to begin, at the breakpoint `address`. REPAIR_RUN: *created is where it
   will return to, with a breakpoint, and calls of lookupIPAddr have theirs. */
enum repair_next repair_create(struct repair *repair, uint64_t address, uint64_t *created);

/* The bridge is about to call lookupIPAddr, at the breakpoint `address`. */
enum repair_next repair_lookup(struct repair *repair, uint64_t address);

/* gvproxy_create has returned, to the breakpoint `address`. */
enum repair_next repair_created(struct repair *repair, uint64_t address);

/* There is nothing to repair: the function at the breakpoint `address` is left to begin. */
enum repair_next repair_nothing(struct repair *repair, uint64_t address);

void repair_clear(struct repair *repair);

#endif
