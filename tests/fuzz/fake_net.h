/*
 * A network in memory for the resolver, between it and the kernel by the linker's --wrap: nothing
 * leaves the process, time is virtual, and what nameservers answer is in fake_answer.h.
 */
#ifndef FUZZ_FAKE_NET_H
#define FUZZ_FAKE_NET_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/clock.h"

/* Begins anew with that input and with `conf` as /etc/resolv.conf; both borrowed. */
void fake_net_start(const uint8_t *bytes, size_t size, const char *conf, size_t conf_size);

/* Number of sockets that are still open. */
size_t fake_net_open(void);

/* Milliseconds since the start. */
int64_t fake_net_elapsed(void);

extern const struct resolver_clock fake_net_clock;

#endif
