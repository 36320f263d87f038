/*
 * The line by which a log shows that the repair is there, which build of it, and how it came in.
 */
#ifndef PLAN_ANNOUNCE_H
#define PLAN_ANNOUNCE_H

#include "shim/base/log.h"
#include "shim/plan/settings.h"

/* Writes the build identity, and names variables that mean nothing. `way_in` is "preload" or
   "attach". Thread safe; the caller sees to it that it is written once. */
void announce(const struct log *log, const struct settings *settings, const char *way_in);

#endif
