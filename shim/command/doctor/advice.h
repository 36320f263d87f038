/*
 * The exact lines to set, for the deployment at hand.
 */
#ifndef DOCTOR_ADVICE_H
#define DOCTOR_ADVICE_H

#include "shim/command/doctor/verdict.h"

/* How to start what uses boxlite with the repair. */
void advice_start(const struct facts *facts, const struct facts_host *host, struct verdict *out);

/* The shim cannot be worked with. */
void advice_use_own_build(struct verdict *out);

void advice_upgrade(struct verdict *out);
void advice_renew_overlay(const struct facts_overlay *overlay, const struct facts_host *host,
                          struct verdict *out);
void advice_drop_overlay(struct verdict *out);

#endif
