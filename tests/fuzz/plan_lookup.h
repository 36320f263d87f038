/*
 * Answers for a plan without a network: each depends on nothing but the name, and among them is
 * every outcome that the resolver has.
 */
#ifndef FUZZ_PLAN_LOOKUP_H
#define FUZZ_PLAN_LOOKUP_H

#include "resolver/resolver.h"

/* A decide_lookup_fn; the context is not used. */
void plan_lookup(void *context, const struct resolver_options *options, struct resolver_host *hosts,
                 size_t count, const struct resolver_observer *observer);

#endif
