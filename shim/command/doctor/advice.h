/*
 * What to do, for the deployment at hand: each adds one alternative or more to what is there. See
 * struct verdict for what one looks like.
 */
#ifndef DOCTOR_ADVICE_H
#define DOCTOR_ADVICE_H

#include "shim/command/doctor/conclusion.h"
#include "shim/command/doctor/facts.h"

/* How to start what uses boxlite with the repair. */
void advice_start(const struct facts *facts, const struct facts_host *host, struct verdict *out);

/* The shim cannot be worked with. */
void advice_use_own_build(struct verdict *out);

void advice_upgrade(struct verdict *out);
void advice_renew_overlay(const struct facts_overlay *overlay, const struct facts_host *host,
                          struct verdict *out);
/* `why`: a clause behind "the overlay", or "". */
void advice_drop_overlay(const char *why, struct verdict *out);

/* Nothing was found: what can be named. `facts` NULL: nothing was looked at in particular. */
void advice_look_further(const struct facts *facts, struct verdict *out);
void advice_look_as_root(struct verdict *out);

/* A drop-in FILE with SETTING for a service, made by commands that ask nothing, and its restart. */
void advice_unit(const struct facts_unit *unit, const char *sentence, const char *file,
                 const char *setting, struct words *out);

#endif
