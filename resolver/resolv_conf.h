/*
 * resolv.conf as Go's net package reads it (dnsReadConfig in net/dnsconfig_unix.go; what is not
 * said there is as in resolv.conf(5)).
 */
#ifndef RESOLVER_RESOLV_CONF_H
#define RESOLVER_RESOLV_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "resolver/servers.h"

/* What a word that is kept is. */
enum resolv_kind {
    RESOLV_OPTION,         /* of an `options` line */
    RESOLV_FOREIGN_OPTION, /* the same, but Go does not know it */
    RESOLV_FOREIGN_KEYWORD /* begins a line that Go does not know */
};

/* A word as it is written: to be shown, or written again. */
struct resolv_word {
    enum resolv_kind kind;
    char *text;
};

struct resolv_conf {
    struct servers servers; /* of the file up to SERVERS_MAX, where Go and libc take three */
    /* Domains in lower case, without a dot at the end; the list and its words are owned. Of the
       last `search` or `domain` line, else the domain of the host's own name. */
    char **search;
    size_t search_count;
    bool searches_nothing; /* `domain .`: not even the host's own domain */
    unsigned ndots;        /* 0 to 15; 1 */
    unsigned timeout_s;    /* 1 to 0xFFFFFF; 5 */
    unsigned attempts;     /* 1 to 0xFFFFFF; 2 */
    bool rotate;
    bool use_tcp;              /* use-vc, usevc, tcp */
    struct resolv_word *words; /* owned, and so are their texts */
    size_t word_count;
    int error;      /* errno of opening the file, 0 if it is there */
    int read_error; /* errno of reading it: what is here may not be all of it; 0 for none */
};

/*
 * Reads /etc/resolv.conf; without it the defaults apply. Nameservers are those of `servers` if it
 * is not NULL, a list that resolver_servers_fault accepts. Returns 0; ENOMEM, or the errno of a
 * file that cannot be opened for want of descriptors; EINVAL for a bad list. `conf` is to be
 * cleared in any case.
 */
int resolv_conf_read(struct resolv_conf *conf, const char *servers);

/* The same of another file, such as a test's. */
int resolv_conf_read_path(struct resolv_conf *conf, const char *path);

void resolv_conf_clear(struct resolv_conf *conf);

#endif
