/*
 * `boxlite-allownet attach`: starts a static boxlite-shim and repairs the one call in it.
 *
 * The process becomes the shim: same pid, parent, descriptors, environment. A child of it traces
 * the shim's main thread from its first instruction to the return of gvproxy_create, hands that
 * call the repaired configuration or lets it fail with the reason, answers the bridge's own lookups
 * from the same pins, and disappears.
 */
#ifndef ATTACH_ATTACH_H
#define ATTACH_ATTACH_H

/*
 * `--handover FD [--argv0 NAME] [--own-lookups] -- SHIM [ARGUMENT...]`, NULL-terminated. FD is read
 * and closed (shim/plan/handover.h). --own-lookups lets the bridge ask the system for the hosts
 * once more, where that is known to be harmless. Does not return if the shim has started; else the
 * exit status, with the reason on standard error.
 */
int attach_main(char **arguments);

#endif
