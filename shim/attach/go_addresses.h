/*
 * The plan's pins as Go's []net.IPAddr, ready to lie in the tracee's memory.
 */
#ifndef ATTACH_GO_ADDRESSES_H
#define ATTACH_GO_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/plan/plan.h"

struct go_addresses {
    unsigned char *bytes; /* for all pins, one after the other; NULL until made */
    size_t size;
};

/* How many bytes the answers take. */
size_t go_addresses_size(const struct plan *plan);

/* Makes them for `address`, where they are going to lie. False if memory is short. The caller frees
   `bytes`. */
bool go_addresses_make(const struct plan *plan, uint64_t address, struct go_addresses *out);

/* Address of the answer for `pin` among those at `address`. */
uint64_t go_addresses_find(const struct plan *plan, const struct plan_pin *pin, uint64_t address);

#endif
