/*
 * A nameserver that lives inside the clock's wait: while the code under test waits, it reads the
 * queries, and answers them when their time has come. One thread, and, with virtual time, no real
 * waiting; the log has the exact instant of every query.
 *
 * The first label of a name says what happens to it:
 *   ok-* A 192.0.2.1; okN-* A 192.0.2.N; nx NXDOMAIN; sf SERVFAIL; rf REFUSED; ni NOTIMP;
 *   none no A, no AAAA; v6 no A, but AAAA; lostv6 no A, AAAA unanswered; sfv6 no A, AAAA SERVFAIL;
 *   sink A 0.0.0.0 and 192.0.2.9; halfsink the other way round; three A 192.0.2.3, .1, .2; chain
 * CNAME, CNAME, A; niahc the same in reverse; lameN-* a referral N times, then A; muteN-* REFUSED
 * without a question N times, then A; edns FORMERR with EDNS, A without;
 * cutedns the same over TCP, cut over UDP; bare CNAME only; dead
 * nothing; loseN-* nothing N times, then A; sfN-* SERVFAIL N times, then A; slowN-* A, or what the
 * rest of the label says, after N ms; onlyN-* A if the name has N labels, else NXDOMAIN; deafN-*
 * the same, else nothing; huge A, over UDP in 5,000 bytes; few A, cut over UDP; many 600 A,
 * likewise; cut cut over UDP, over TCP nothing; stray first a wrong id, a wrong question, an empty,
 * a garbled and a long datagram, then A; voidN-* an empty datagram N times, then A; version BADVERS
 * with EDNS, A without; ruin A between records that cannot be read; torn a good header and
 * question, then garbage
 */
#ifndef TESTS_UNIT_FAKE_DNS_H
#define TESTS_UNIT_FAKE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/clock.h"

enum fake_dns_mode {
    FAKE_DNS_CLOSED,  /* nobody listens */
    FAKE_DNS_SCRIPT,  /* as the name says */
    FAKE_DNS_UDP,     /* the same, but TCP is closed */
    FAKE_DNS_SILENT,  /* reads and never answers */
    FAKE_DNS_SERVFAIL /* whatever is asked */
};

enum { FAKE_DNS_SERVERS = 3, FAKE_DNS_LOG = 8192 };

struct fake_dns_query {
    int64_t at_ms; /* since fake_dns_start */
    unsigned server;
    unsigned type;
    bool tcp;
    char name[64]; /* cut */
};

struct fake_dns;

/* Servers on 127.0.0.1, .2, .3, port 53. With `virtual_time` the clock only moves in wait. */
struct fake_dns *fake_dns_start(bool virtual_time,
                                const enum fake_dns_mode modes[FAKE_DNS_SERVERS]);
void fake_dns_stop(struct fake_dns *dns);

/* To be given to resolver_run. */
const struct resolver_clock *fake_dns_clock(struct fake_dns *dns);

/* Milliseconds since the start. */
int64_t fake_dns_elapsed(struct fake_dns *dns);

/* Called once, when that many milliseconds have passed. */
void fake_dns_at(struct fake_dns *dns, int64_t at_ms, void (*action)(void *), void *context);

size_t fake_dns_count(const struct fake_dns *dns);
/* How often that name and type was asked for; a NULL name counts every name, type 0 every type. */
size_t fake_dns_count_of(const struct fake_dns *dns, const char *name, unsigned type);
/* The n-th query for that name, or NULL. */
const struct fake_dns_query *fake_dns_nth(const struct fake_dns *dns, const char *name, size_t n);

#endif
