/*
 * From a question and an action to the bytes on the wire. Knows nothing of sockets.
 */
#ifndef SUPPORT_DNS_REPLY_H
#define SUPPORT_DNS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/dns_action.h"
#include "tests/support/dns_ldns.h"

enum dns_reply_kind {
    DNS_REPLY_SEND, /* `size` may be 0: an empty datagram */
    DNS_REPLY_NONE,
    DNS_REPLY_RESET,  /* TCP only: the connection is to be reset */
    DNS_REPLY_DRIBBLE /* TCP only: the rest of a message, to go byte by byte, length included */
};

struct dns_reply {
    enum dns_reply_kind kind;
    unsigned delay_ms;
    unsigned dribble_ms; /* between two bytes; 0: all at once */
    unsigned limit;      /* the most questions a second that the listener answers; 0: all */
    bool wrong_source;   /* UDP only: from another address */
    bool truncated;      /* `bytes` have the TC bit */
    uint8_t *bytes;      /* owned */
    size_t size;
};

/* How a question came, and when among those for its name. */
struct dns_asked {
    bool tcp;
    unsigned turn; /* step of the script that it meets; moves the start of `rotate` */
    unsigned nth;  /* of its type, from 0: by which `lose` chooses */
};

/*
 * `query` has exactly one question. Returns 0 and fills *out (free with dns_reply_clear), or -1
 * when memory is short; *out is then empty.
 */
int dns_reply_make(const struct dns_action *action, const ldns_pkt *query,
                   const struct dns_asked *asked, struct dns_reply *out);

/* Frees what the reply owns and empties it. Takes an emptied or zeroed reply. */
void dns_reply_clear(struct dns_reply *reply);

#endif
