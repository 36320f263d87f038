/*
 * errno and blocked signals, kept by scope, for all of shim: the resolver has them, which is below.
 */
#ifndef BASE_KEEP_H
#define BASE_KEEP_H

#include "resolver/keep.h"

#endif
