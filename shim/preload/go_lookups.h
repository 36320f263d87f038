/*
 * Go's own resolver, made to ask libc for as long as creates are in flight.
 *
 * A bridge asks for the hosts of its rules by Go's package net. Where that goes to libc it calls
 * getaddrinfo, which is ours and knows the answers (pins.h); where it does not, and that is the
 * usual case, it asks the network by system calls that no preload sees, one host after the other.
 * Which of the two it is stands in a variable of that package (net/conf.go, Go 1.21 to 1.27): it is
 * set when the first create begins, and set back when the last one ends, so that what a guest asks
 * afterwards goes the way it went before. Nothing is set in the environment, which children
 * inherit.
 */
#ifndef PRELOAD_GO_LOOKUPS_H
#define PRELOAD_GO_LOOKUPS_H

#include "shim/preload/object.h"

/* The package net of one bridge. */
struct go_lookups;

/* To be called once, before the first create: makes fork safe. */
void go_lookups_start(void);

/*
 * From now on the bridge that lies in `object` asks libc. Returns what go_lookups_restore ends it
 * with, or NULL where the variable cannot be told for certain: nothing has been changed then, and
 * *fault is a constant that says why, once for each object, later NULL. Reads the object's file,
 * the first time that it succeeds the last. Any thread; waits for others that do the same.
 */
struct go_lookups *go_lookups_divert(const struct object *object, const char **fault);

/* Ends one go_lookups_divert; takes NULL. The last one sets back what the first has found. */
void go_lookups_restore(struct go_lookups *lookups);

#endif
