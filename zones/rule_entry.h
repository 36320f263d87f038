/*
 * An entry taken apart, between rule.c, which decides, and rule_reason.c, which explains.
 */
#ifndef ZONES_RULE_ENTRY_H
#define ZONES_RULE_ENTRY_H

#include <stdbool.h>

#include "zones/hostname.h"
#include "zones/text.h"

enum port_state { PORT_NONE, PORT_GOOD, PORT_BAD };

struct rule_entry {
    struct span all;  /* the entry, trimmed */
    struct span host; /* without port and brackets */
    struct span port;
    enum port_state port_state;
    bool bracketed;
};

/* Splits off brackets and port. */
struct rule_entry rule_entry_split(struct span all);

/* The same name without the dot that may end it. */
struct span rule_without_dot(struct span name);

/* Says why an entry is no rule, whatever rule.c found first; the text is never left empty. */
void rule_explain(const struct rule_entry *entry, struct text *reason);

#endif
