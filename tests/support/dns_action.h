/*
 * What the scripted server does with a question: the ACTION of the script language.
 *
 * An action is a list of modifiers and one base. Modifiers are kept in the order written, because
 * the order means something: `delay 20 truncate answer X` delays both transports, `truncate delay
 * 20 answer X` only TCP. The language is described in the help text in dns_options.c.
 */
#ifndef SUPPORT_DNS_ACTION_H
#define SUPPORT_DNS_ACTION_H

#include <stddef.h>

#include "tests/support/dns_ldns.h"

enum dns_action_kind {
    DNS_ACTION_RCODE,  /* `rcode` with nothing in the answer; NXDOMAIN and NOERROR carry a SOA */
    DNS_ACTION_ANSWER, /* `addresses` of the type asked for; none of them: as `nodata` */
    DNS_ACTION_ROTATE, /* ANSWER that starts one address further with each question */
    DNS_ACTION_CNAME,  /* a chain through `names`, `addresses` at its end */
    DNS_ACTION_CNAME_LOOP,
    DNS_ACTION_FOREIGN, /* `addresses`, of another owner than the name asked for */
    DNS_ACTION_LAME,    /* a referral to nobody, without authority and without recursion */
    DNS_ACTION_DROP,
    DNS_ACTION_TRUNCATE_REFUSE,
    DNS_ACTION_TRUNCATE_HANG,
    DNS_ACTION_EMPTY,
    DNS_ACTION_GARBAGE,       /* the id, then nothing that is DNS */
    DNS_ACTION_GARBAGE_ANSWER /* good header and question, then a record that is none */
};

enum dns_modifier_kind {
    DNS_MODIFIER_DELAY,
    DNS_MODIFIER_TRUNCATE,
    DNS_MODIFIER_WRONG_ID,
    DNS_MODIFIER_WRONG_QUESTION,
    DNS_MODIFIER_POISON,
    DNS_MODIFIER_WRONG_SOURCE,
    DNS_MODIFIER_DRIBBLE,
    DNS_MODIFIER_REVERSE,
    DNS_MODIFIER_UPPER,
    DNS_MODIFIER_NO_QUESTION,
    DNS_MODIFIER_TCP_ONLY,
    DNS_MODIFIER_FORMERR_EDNS,
    DNS_MODIFIER_OTHERS,
    DNS_MODIFIER_LOSE,
    DNS_MODIFIER_LIMIT
};

struct dns_modifier {
    enum dns_modifier_kind kind;
    unsigned number;           /* DELAY, DRIBBLE: milliseconds; LOSE: percent; LIMIT: questions */
    unsigned seed;             /* LOSE */
    enum dns_action_kind base; /* OTHERS: what becomes of other types than A */
    ldns_pkt_rcode rcode;      /* OTHERS: with DNS_ACTION_RCODE */
};

#define DNS_MODIFIERS_MAX 8

struct dns_action {
    struct dns_modifier modifiers[DNS_MODIFIERS_MAX];
    size_t modifier_count;
    enum dns_action_kind kind;
    ldns_pkt_rcode rcode;
    ldns_rdf **names; /* owned, as is each of them */
    size_t name_count;
    ldns_rdf **addresses; /* LDNS_RDF_TYPE_A or _AAAA; owned */
    size_t address_count;
};

/* Words of one script line, and how far they have been read. */
struct dns_words {
    char **list;
    size_t count;
    size_t next;
};

/*
 * Reads one action; stops behind its last word. Returns 0 and fills *out (free with
 * dns_action_clear), or -1 with a text in `error` that names the word at fault; *out is then empty.
 */
int dns_action_parse(struct dns_words *words, struct dns_action *out, char *error, size_t size);

/* Frees what the action owns and empties it. Takes an emptied or zeroed action. */
void dns_action_clear(struct dns_action *action);

#endif
