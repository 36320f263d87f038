/*
 * Files for the /etc of a jail whose shim looks its hosts up in a way that attach does not know.
 */
#ifndef LAUNCH_JAIL_FILES_H
#define LAUNCH_JAIL_FILES_H

#include "shim/base/words.h"
#include "shim/plan/handover.h"

/*
 * Adds options for bwrap that put our own hosts, nsswitch.conf and resolv.conf over the jail's, so
 * that the bridge finds the addresses in `handover` there and asks nobody. They name descriptors of
 * 10 or above, which bwrap reads and closes. Returns 0, or -1 with errno.
 */
int jail_files_add(const struct handover *handover, struct words *options);

#endif
