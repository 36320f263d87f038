/*
 * Host names to IPv4 addresses, all at once, under deadlines.
 *
 * Every host gets up to `attempts` attempts of at most `timeout_ms`, with growing pauses in
 * between; every configured nameserver has its turn inside an attempt; an answer counts however
 * late it comes; the whole ends within `budget_ms`. Nothing survives a run: no cache, no thread
 * (but one that waits in libc's getaddrinfo, see nss.h), no descriptor.
 */
#ifndef RESOLVER_RESOLVER_H
#define RESOLVER_RESOLVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "resolver/clock.h"

struct resolver_options {
    unsigned attempts;       /* per host, 1..10 */
    unsigned timeout_ms;     /* deadline of one attempt, 50..30000 */
    unsigned backoff_ms;     /* pause after the first failed attempt, 0..10000 */
    unsigned backoff_factor; /* growth of the pause from attempt to attempt, 1..10 */
    unsigned hedge_ms;       /* silence after which the next nameserver is asked as well, 0..2000 */
    unsigned budget_ms;      /* the whole run; 0: no limit */
    unsigned window;         /* lookups in flight, 1..4096 */
    const char *servers;     /* "address[:port],..." instead of resolv.conf's, or NULL; borrowed */
};

/*
 * Where several nameservers failed in different ways, the outcome is the most telling one: an error
 * reply before silence, silence before a closed port.
 */
enum resolver_outcome {
    RESOLVER_UNTRIED,      /* no attempt was made: the budget was used up first, or nobody asked */
    RESOLVER_RESOLVED,     /* addresses are there */
    RESOLVER_NO_ANSWER,    /* nothing came before the deadline */
    RESOLVER_NO_SUCH_HOST, /* NXDOMAIN */
    RESOLVER_NO_ADDRESS,   /* the name exists without A; AAAA was not there or not to be had */
    RESOLVER_IPV6_ONLY,    /* no A, definitely, but AAAA: final, never retried */
    RESOLVER_SINKHOLED,    /* an answer holds 0.0.0.0: somebody upstream denies the name */
    RESOLVER_SERVER_ERROR, /* SERVFAIL */
    RESOLVER_REFUSED,      /* REFUSED */
    RESOLVER_UNREACHABLE,  /* every nameserver turned us away: closed port, no route */
    RESOLVER_BAD_ANSWER,   /* an unusable answer: FORMERR, NOTIMP, no DNS */
    RESOLVER_CANCELLED,    /* SIGINT, SIGTERM or resolver_cancel_all */
    RESOLVER_NO_MEMORY,
    RESOLVER_SYSTEM_ERROR, /* no socket, no descriptor and the like */
    RESOLVER_CUT,          /* the answer does not fit a datagram, and TCP did not work */
    RESOLVER_NO_RANDOMNESS /* the system has none, and a question that can be guessed is not asked
                            */
};

#define RESOLVER_OUTCOME_LAST RESOLVER_NO_RANDOMNESS

/* What became of the search list of resolv.conf. */
enum resolver_search {
    RESOLVER_NOT_SEARCHED,
    RESOLVER_SEARCHED,      /* the name was asked for with its domains as well */
    RESOLVER_NO_SEARCH_LIST /* it would have been, but resolv.conf has none */
};

/* Room for the text of a nameserver's address, see below. */
#define RESOLVER_SOURCE_SIZE 80

/* Room for a name. */
#define RESOLVER_NAME_SIZE 256

/* The source of what the hosts file says. */
#define RESOLVER_HOSTS_FILE "/etc/hosts"

struct resolver_host {
    const char *name; /* in: lower case, no trailing dot; borrowed */
    enum resolver_outcome outcome;
    unsigned attempts;   /* made */
    unsigned elapsed_ms; /* from the start of its first attempt to its outcome */
    /* Who said so: a nameserver ("192.0.2.1:53"), RESOLVER_HOSTS_FILE, or "getaddrinfo"; "" where
       nobody said anything. */
    char source[RESOLVER_SOURCE_SIZE];
    char found_as[RESOLVER_NAME_SIZE]; /* the name with a domain of the search list, if found so */
    int error;                         /* errno, where a system call failed; else 0 */
    bool out_of_budget;                /* the budget ended its retries */
    bool no_nameserver; /* resolv.conf named none: the local one was asked, as libc does */
    enum resolver_search search;
    struct in_addr *addresses; /* in the order of the answer, none of them 0.0.0.0; owned */
    size_t address_count;
};

/* Told as it happens, from the calling thread. Any member may be NULL. */
struct resolver_observer {
    void *context;
    /* An attempt failed and another will follow after `delay_ms`. */
    void (*retrying)(void *context, const struct resolver_host *host, unsigned delay_ms);
    /* The host has its final outcome. */
    void (*settled)(void *context, const struct resolver_host *host);
};

/*
 * Resolves `count` hosts. `hosts` is an array of the caller with the names filled in and the rest
 * zeroed; on return every entry has its outcome and the caller frees it with resolver_hosts_clear.
 * `observer` may be NULL; `clock` may be NULL for the system's.
 * While it runs SIGINT and SIGTERM, where they are neither ignored nor blocked on entry, are
 * blocked in the calling thread; one that becomes pending cancels this run and every other in the
 * process, the masks are put back, and the signal takes its course. Dispositions are not touched.
 * Thread safe; may be called from any number of threads. Not for a forked child of a thread that is
 * inside it.
 */
void resolver_run(const struct resolver_options *options, struct resolver_host *hosts, size_t count,
                  const struct resolver_observer *observer, const struct resolver_clock *clock);

/* Frees the addresses of `count` hosts. */
void resolver_hosts_clear(struct resolver_host *hosts, size_t count);

/*
 * Why the host has no address, for a person: "no answer after 4 attempts", "only IPv6 addresses;
 * the guest network is IPv4". Written to `buffer` of `size` bytes, cut if too long, always
 * terminated.
 */
void resolver_explain(const struct resolver_options *options, const struct resolver_host *host,
                      char *buffer, size_t size);

/* The outcome alone, for a log field: "no answer"; constant. */
const char *resolver_outcome_text(enum resolver_outcome outcome);

/* Ends every run in the process within 50 ms. Async-signal-safe, any thread. */
void resolver_cancel_all(void);

/* Version of the c-ares in use, such as "1.34.9"; constant. */
const char *resolver_library_version(void);

/*
 * The nameservers that an attempt made now would ask, as "192.0.2.1:53, [2001:db8::1]:53", written
 * to `buffer` of `size` bytes, cut if too long, always terminated. False if they are nobody's
 * choice: resolv.conf names none, and 127.0.0.1 stands in. Thread safe.
 */
bool resolver_nameservers(const struct resolver_options *options, char *buffer, size_t size);

/*
 * Checks a list for resolver_options.servers: IPv4 or IPv6 address, an IPv6 address with port in
 * brackets, comma-separated, at least one. Returns NULL if good, else a constant text saying what
 * is wrong.
 */
const char *resolver_servers_fault(const char *servers);

#endif
