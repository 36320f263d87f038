/*
 * One box of the stand-in bridge: the gateway of its guest's network, in a thread.
 */
#ifndef TESTS_SUPPORT_STANDIN_BOX_H
#define TESTS_SUPPORT_STANDIN_BOX_H

#include "tests/support/standin_zones.h"

struct standin_box;

/*
 * Listens on `path` for guests, in qemu's stream protocol, and answers ARP and DNS there. Borrows
 * the zones until standin_box_end. Returns 0 and *out, or a negative errno.
 */
int standin_box_start(const char *path, const struct standin_zones *zones,
                      struct standin_box **out);

/* Hangs up, ends the thread and removes the socket. Takes NULL. */
void standin_box_end(struct standin_box *box);

#endif
