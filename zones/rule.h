/*
 * One entry of boxlite's `allow_net`, understood.
 *
 * The original bridge takes an entry as it comes and lets a spelling it cannot serve end as 0.0.0.0
 * in the guest. Here every entry is either something the matcher can serve, something that needs no
 * name, or a mistake that is named together with the spelling to use.
 */
#ifndef ZONES_RULE_H
#define ZONES_RULE_H

#include <stdbool.h>
#include <stddef.h>

enum rule_kind {
    RULE_EMPTY,    /* nothing but white space: skipped, as the bridge does */
    RULE_ADDRESS,  /* IP literal or CIDR, with or without port: needs no DNS */
    RULE_EXACT,    /* a host name */
    RULE_WILDCARD, /* "*.domain": names below domain, any depth, not domain itself */
    RULE_BAD       /* nothing the bridge could serve; see `reason` */
};

struct rule {
    enum rule_kind kind;
    char *text;        /* the entry, trimmed and fit for a log: control characters as \xNN, cut with
                          "..." where it is longer than any rule can be; owned */
    char *name;        /* EXACT: host, WILDCARD: the domain below "*."; lower case, without port and
                          trailing dot; owned, else NULL */
    char *spelling;    /* `name` as written, where its case differs; owned, else NULL */
    bool trailing_dot; /* the entry ended in a dot, which the bridge's TCP filter will not match */
    char *reason;      /* BAD: what is wrong and what to write instead; owned, else NULL */
};

/*
 * Understands `length` bytes at `text` (decoded UTF-8, need not be terminated, may hold NUL).
 * Host names: RFC 1123 section 2.1 letters, digits and hyphens, plus underscore; a label has at
 * most 63 bytes and a name at most 253 (RFC 1035 section 2.3.4). Returns 0 and fills *out, which
 * the caller frees with rule_clear; -1 when memory is short, *out is then empty. Thread safe.
 */
int rule_parse(const char *text, size_t length, struct rule *out);

/* Frees what the rule owns and empties it. Takes an emptied or zeroed rule. */
void rule_clear(struct rule *rule);

#endif
