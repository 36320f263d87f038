/*
 * Why an entry is no rule, and what to write instead where that can be told. The reader is whoever
 * wrote the entry, so the first thing wrong from their point of view comes first: the URL before
 * the slash in it.
 */
#include "zones/rule_entry.h"

#include <string.h>

#include "zones/address.h"
#include "zones/utf8.h"

enum { QUOTE_LIMIT = 64 };

static bool is_host(struct span name)
{
    struct span where;

    return hostname_check(name, &where) == HOSTNAME_OK;
}

static bool is_address(struct span text)
{
    return address_is_literal(text.at, text.length) || address_is_network(text.at, text.length);
}

/* The name in lower case, since that is how it will be asked for. */
static void add_lower(struct text *reason, struct span name)
{
    for (size_t i = 0; i < name.length; i++) {
        const char lower = hostname_lower(name.at[i]);

        text_add(reason, &lower, 1);
    }
}

static void add_quoted(struct text *reason, struct span name)
{
    text_add_string(reason, "\"");
    add_lower(reason, name);
    text_add_string(reason, "\"");
}

static void add_excerpt(struct text *reason, struct span part)
{
    text_add_string(reason, "\"");
    text_add_printable(reason, part.at, part.length, QUOTE_LIMIT);
    text_add_string(reason, "\"");
}

/* Adds "; write ..." where `text` holds a usable host or address, ports and the like aside; says
   whether it does. */
static bool suggest_host(struct text *reason, struct span text)
{
    struct rule_entry entry = rule_entry_split(text);
    struct span host = rule_without_dot(entry.host);

    if (is_address(host)) {
        text_add_string(reason, "; write the address alone: ");
        add_quoted(reason, host);
    } else if (is_host(host)) {
        text_add_string(reason, "; write the host name alone: ");
        add_quoted(reason, host);
    } else if (span_starts(host, "*.") && is_host(span_from(host, 2))) {
        text_add_string(reason, "; write ");
        add_quoted(reason, host);
    } else {
        return false;
    }
    return true;
}

static void suggest(struct text *reason, struct span name)
{
    if (is_host(name) || is_address(name) ||
        (span_starts(name, "*.") && is_host(span_from(name, 2)))) {
        text_add_string(reason, "; write ");
        add_quoted(reason, name);
    }
}

static bool explain_url(struct span all, struct text *reason)
{
    const char *mark = all.length < 3 ? NULL : memmem(all.at, all.length, "://", 3);
    struct span host;

    if (mark == NULL) {
        return false;
    }
    host = span_from(all, (size_t)(mark - all.at) + 3);
    for (const char *stop = "/?#"; *stop != '\0'; stop++) {
        host.length = span_find(host, *stop);
    }
    while (span_find(host, '@') < host.length) {
        host = span_from(host, span_find(host, '@') + 1);
    }
    text_add_string(reason, "is a URL");
    if (!suggest_host(reason, host)) {
        text_add_string(reason, "; write the host name alone");
    }
    return true;
}

/* Notations of other programs that filter names, whose users know what they mean there. */
static bool explain_foreign(struct span all, struct text *reason)
{
    static const char *const patterns[] = {"regexp:", "regex:", "re:", "~"};
    static const char *const prefixes[] = {"+.",      "[*.]",  "domain=", "domain:",       "host=",
                                           "suffix:", "full:", "DOMAIN,", "DOMAIN-SUFFIX,"};

    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        if (span_starts(all, patterns[i])) {
            text_add_string(reason, "is a pattern; a rule is a name, or \"*.\" and a name for the "
                                    "names below it");
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        struct span name;

        if (!span_starts(all, prefixes[i])) {
            continue;
        }
        name = rule_entry_split(span_from(all, strlen(prefixes[i]))).host;
        if (!is_host(name)) {
            continue;
        }
        text_format(reason, "begins with \"%s\", as no rule does; write ", prefixes[i]);
        add_quoted(reason, name);
        text_add_string(reason, ", or \"*.");
        add_lower(reason, name);
        text_add_string(reason, "\" for the names below it");
        return true;
    }
    return false;
}

/* Characters that no rule has. */
static bool explain_characters(struct span all, struct text *reason)
{
    for (size_t i = 0; i < all.length; i++) {
        unsigned char byte = (unsigned char)all.at[i];

        if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
            text_add_string(reason, "contains a space; write one host per rule");
        } else if (byte == ',' || byte == ';') {
            text_format(reason, "contains \"%c\"; write one host per rule", byte);
        } else if (byte < 0x20 || byte == 0x7f) {
            text_format(reason, "contains a control character (\\x%02x)", byte);
        } else if (byte >= 0x80) {
            text_add_string(reason, "is not ASCII; write its xn-- (punycode) form");
        } else {
            continue;
        }
        return true;
    }
    return false;
}

static bool explain_colons(const struct rule_entry *entry, struct text *reason)
{
    struct span host = entry->host;
    struct span address = {.at = host.at, .length = span_find(host, '%')};

    if (address.length < host.length && is_address(address)) {
        text_add_string(reason, "has an IPv6 zone");
        suggest(reason, address);
    } else if (entry->bracketed && entry->port_state == PORT_NONE) {
        text_add_string(reason, "has brackets but no port");
        suggest(reason, rule_without_dot(host));
    } else if (entry->bracketed && !is_address(host)) {
        text_add_string(reason, "has brackets, which are for IPv6 addresses only");
        suggest(reason, rule_without_dot(host));
    } else if (entry->port_state == PORT_BAD) {
        text_add_string(reason, "port ");
        add_excerpt(reason, entry->port);
        text_add_string(reason, " is not 1 to 65535");
        suggest(reason, rule_without_dot(host));
    } else if (span_find(host, ':') < host.length && span_find(host, '/') == host.length) {
        text_add_string(reason, "is not an IPv6 address, yet has several colons");
    } else {
        return false;
    }
    return true;
}

static bool is_dotted_number(struct span text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] != '.' && (text.at[i] < '0' || text.at[i] > '9')) {
            return false;
        }
    }
    return text.length > 0;
}

static bool explain_slash(struct span host, struct text *reason)
{
    struct span left = {.at = host.at, .length = span_find(host, '/')};

    if (left.length == host.length || (span_starts(host, "*.") && is_address(span_from(host, 2)))) {
        return false;
    }
    if (address_is_literal(left.at, left.length)) {
        text_add_string(reason, "prefix length ");
        add_excerpt(reason, span_from(host, left.length + 1));
        text_format(reason, " is not 0 to %d", span_find(left, ':') < left.length ? 128 : 32);
    } else if (is_dotted_number(left)) {
        add_excerpt(reason, left);
        text_add_string(reason,
                        " is not an IPv4 address (four numbers, 0 to 255, no leading zeros)");
    } else {
        text_add_string(reason, "contains a path");
        (void)suggest_host(reason, left);
    }
    return true;
}

/* Something was meant by the stars: the names below what stands behind the last of them. */
static void suggest_wildcard(struct text *reason, struct span name)
{
    struct span label = {.at = name.at, .length = 0};
    struct span behind = name;

    for (struct span rest = name; span_find(rest, '*') < rest.length;) {
        label = (struct span){.at = rest.at, .length = span_find(rest, '.')};
        behind = label.length == rest.length ? span_from(rest, label.length)
                                             : span_from(rest, label.length + 1);
        rest = behind;
    }
    /* "*example.com" means "*.example.com"; "*-api.example.com" can only be widened */
    if (label.length > 1 && label.at == name.at && label.at[0] == '*' &&
        is_host(span_from(name, 1))) {
        behind = span_from(name, 1);
    }
    if (is_host(behind)) {
        text_add_string(reason, "; write \"*.");
        add_lower(reason, behind);
        text_add_string(reason, "\"");
    }
}

static bool explain_star(struct span host, struct text *reason)
{
    struct span name = rule_without_dot(host);
    struct span domain;

    if (span_find(name, '*') == name.length || (host.length == 2 && span_starts(host, "*."))) {
        return false;
    }
    if (host.length == 1) {
        text_add_string(reason, "\"*\" alone is no rule; leave allow_net out to allow everything, "
                                "or list domains such as \"*.example.com\"");
        return true;
    }
    if (!span_starts(name, "*.") || span_find(span_from(name, 1), '*') < name.length - 1) {
        text_add_string(reason, "\"*\" is allowed only as the whole first label");
        suggest_wildcard(reason, name);
        return true;
    }
    domain = span_from(name, 2);
    if (is_address(domain)) {
        text_add_string(reason, "\"*.\" cannot stand before an address");
        suggest(reason, domain);
        return true;
    }
    return false;
}

/* Adds the name without its empty labels, if it is one then. */
static void suggest_without_empty_labels(struct text *reason, struct span name, bool wildcard)
{
    char joined[HOSTNAME_MAX + 1];
    size_t length = 0;
    struct span whole;

    for (size_t i = 0; i < name.length && length < sizeof(joined); i++) {
        if (name.at[i] != '.' || (length > 0 && joined[length - 1] != '.')) {
            joined[length++] = name.at[i];
        }
    }
    if (length > 0 && joined[length - 1] == '.') {
        length--;
    }
    whole = (struct span){.at = joined, .length = length};
    if (!is_host(whole)) {
        return;
    }
    text_add_string(reason, wildcard ? "; write \"*." : "; write \"");
    add_lower(reason, whole);
    text_add_string(reason, "\"");
    if (!wildcard && name.at[0] == '.') {
        text_add_string(reason, ", or \"*.");
        add_lower(reason, whole);
        text_add_string(reason, "\" for the names below it");
    }
}

static void explain_name(struct span host, struct text *reason)
{
    bool wildcard = span_starts(host, "*.");
    struct span dotted = wildcard ? span_from(host, 2) : host;
    struct span name = rule_without_dot(dotted);
    struct span where = {.at = name.at, .length = 0};

    switch (hostname_check(name, &where)) {
    case HOSTNAME_BAD_BYTE:
        text_add_string(reason, "contains ");
        add_excerpt(reason, where);
        if (where.at[0] == '@') { /* user@host */
            (void)suggest_host(reason, span_from(name, (size_t)(where.at - name.at) + 1));
        }
        break;
    case HOSTNAME_EMPTY_LABEL:
        text_add_string(reason, "has an empty label");
        suggest_without_empty_labels(reason, name, wildcard);
        break;
    case HOSTNAME_LONG_LABEL:
        text_format(reason, "label is longer than %d bytes", HOSTNAME_LABEL_MAX);
        break;
    case HOSTNAME_HYPHEN_FIRST:
    case HOSTNAME_HYPHEN_LAST:
        text_add_string(reason, "label ");
        add_excerpt(reason, where);
        text_add_string(reason,
                        where.at[0] == '-' ? " starts with a hyphen" : " ends with a hyphen");
        break;
    case HOSTNAME_NUMERIC:
        if (address_is_literal(name.at, name.length)) {
            text_add_string(reason, "is an address that ends in a dot");
            suggest(reason, name);
        } else if (is_dotted_number(name)) {
            text_add_string(reason,
                            "is not an IPv4 address (four numbers, 0 to 255, no leading zeros)");
        } else {
            text_add_string(reason, "last label ");
            add_excerpt(reason, where);
            text_add_string(reason, " is all digits, so it is no host name");
        }
        break;
    case HOSTNAME_LONG:
        text_format(reason, "name is longer than %d bytes", HOSTNAME_MAX);
        break;
    case HOSTNAME_EMPTY:
    case HOSTNAME_OK:
        text_add_string(reason, wildcard ? "has no domain after \"*.\"; write \"*.example.com\""
                                         : "has no host name");
        break;
    }
}

void rule_explain(const struct rule_entry *entry, struct text *reason)
{
    if (!explain_url(entry->all, reason) && !explain_foreign(entry->all, reason) &&
        !explain_characters(entry->all, reason) && !explain_colons(entry, reason) &&
        !explain_slash(entry->host, reason) && !explain_star(entry->host, reason)) {
        explain_name(entry->host, reason);
    }
}
