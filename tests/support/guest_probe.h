/*
 * Asks the bridge's DNS server what a guest would ask, over the guest's network.
 *
 * A guest asks through its libc, and that has a search list: boxlite's guest agents write
 * "search localdomain" into the guest's /etc/resolv.conf.
 */
#ifndef TESTS_SUPPORT_GUEST_PROBE_H
#define TESTS_SUPPORT_GUEST_PROBE_H

#include <stddef.h>
#include <stdint.h>

struct guest_probe;

/* How a name without a dot at its end is looked up; one with it is asked for as it is. */
enum guest_libc {
    GUEST_GLIBC, /* resolv/res_query.c, __res_context_search: a name with a dot first as it is, then
                    with the search list, one without the other way round; on to the next where
                    there is no such name or nothing of the type */
    GUEST_MUSL   /* src/network/lookup_name.c, name_from_dns_search: only a name without a dot is
                    searched; on to the next where there is no such name */
};

/* Connects to the bridge's socket. Returns 0 and the probe in *out, which the caller ends with
   guest_probe_close, or a negative errno. */
int guest_probe_open(const char *socket_path, struct guest_probe **out);

/* Disconnects. Takes NULL. */
void guest_probe_close(struct guest_probe *probe);

/*
 * Looks up records of `type` at `name` as `libc` does, case kept as given. Asks each question again
 * each 500 ms, for 5 s. Writes the answer that counts, that to the name as it is where there is
 * none, cut if too long, always terminated: "A 192.0.2.1,192.0.2.2"  records of the type, in the
 * order of the answer; an A record without address is "length-0", a type without a text form is in
 * hex "NXDOMAIN"               and other response codes: "SERVFAIL", "REFUSED", "rcode-N" "empty"
 * no error, and no record of the type "truncated"              the answer did not fit UDP
 *   "malformed"              the answer is no DNS
 *   "no-reply"
 * Returns 0, -EINVAL where `name` is no DNS name, or a negative errno when the connection is of no
 * more use.
 */
int guest_probe_ask(struct guest_probe *probe, const char *name, uint16_t type,
                    enum guest_libc libc, char *answer, size_t size);

#endif
