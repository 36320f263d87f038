/*
 * One entry: trimmed, taken apart, judged.
 */
#include "zones/rule.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "zones/address.h"
#include "zones/rule_entry.h"
#include "zones/utf8.h"

enum {
    TEXT_LIMIT = 300 /* more than any rule has: what is longer is quoted in part */
};

/* unicode.IsSpace, which is what the bridge's strings.TrimSpace strips. */
static bool is_space(uint32_t rune)
{
    return (rune >= 0x09 && rune <= 0x0d) || rune == ' ' || rune == 0x85 || rune == 0xa0 ||
           rune == 0x1680 || (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 ||
           rune == 0x2029 || rune == 0x202f || rune == 0x205f || rune == 0x3000;
}

static struct span trimmed(struct span all)
{
    size_t begin = 0;
    size_t end = 0;

    for (size_t at = 0; at < all.length;) {
        uint32_t rune = 0;
        size_t size = utf8_read(all.at + at, all.length - at, &rune);

        if (!is_space(rune)) {
            end = at + size;
        } else if (end == 0) {
            begin = at + size;
        }
        at += size;
    }
    return (struct span){.at = all.at + begin, .length = end < begin ? 0 : end - begin};
}

static enum port_state judge_port(struct span port)
{
    unsigned value = 0;

    if (port.length == 0 || port.length > 5) {
        return PORT_BAD;
    }
    for (size_t i = 0; i < port.length; i++) {
        if (port.at[i] < '0' || port.at[i] > '9') {
            return PORT_BAD;
        }
        value = value * 10 + (unsigned)(port.at[i] - '0');
    }
    return value >= 1 && value <= 65535 ? PORT_GOOD : PORT_BAD;
}

struct rule_entry rule_entry_split(struct span all)
{
    struct rule_entry entry = {.all = all, .host = all, .port_state = PORT_NONE};
    size_t close = span_find(all, ']');
    size_t slash = span_find(all, '/');
    size_t colon = 0;

    if (span_starts(all, "[") && close < all.length) {
        struct span behind = span_from(all, close + 1);

        if (behind.length == 0 || behind.at[0] == ':') {
            entry.bracketed = true;
            entry.host = (struct span){.at = all.at + 1, .length = close - 1};
            if (behind.length > 0) {
                entry.port = span_from(behind, 1);
                entry.port_state = judge_port(entry.port);
            }
        }
        return entry;
    }
    if (address_is_literal(all.at, all.length)) {
        return entry;
    }
    /* a colon before a slash belongs to the IPv6 network before it, or to a URL */
    colon =
        slash < all.length ? slash + span_find(span_from(all, slash), ':') : span_find(all, ':');
    if (colon < all.length && span_find(span_from(all, colon + 1), ':') == all.length - colon - 1) {
        entry.host.length = colon;
        entry.port = span_from(all, colon + 1);
        entry.port_state = judge_port(entry.port);
    }
    return entry;
}

struct span rule_without_dot(struct span name)
{
    if (name.length > 0 && name.at[name.length - 1] == '.') {
        name.length--;
    }
    return name;
}

static char *copy_span(struct span span)
{
    char *copy = malloc(span.length + 1);

    if (copy != NULL) {
        memcpy(copy, span.at, span.length);
        copy[span.length] = '\0';
    }
    return copy;
}

/* Fills in the names of a host rule. */
static int set_name(struct rule *rule, struct span name)
{
    bool differs = false;

    rule->name = copy_span(name);
    if (rule->name == NULL) {
        return -1;
    }
    for (char *byte = rule->name; *byte != '\0'; byte++) {
        const char lower = hostname_lower(*byte);

        differs = differs || lower != *byte;
        *byte = lower;
    }
    if (differs) {
        rule->spelling = copy_span(name);
        return rule->spelling == NULL ? -1 : 0;
    }
    return 0;
}

static bool entry_is_address(const struct rule_entry *entry)
{
    bool address = address_is_literal(entry->host.at, entry->host.length) ||
                   address_is_network(entry->host.at, entry->host.length);

    return address && entry->port_state != PORT_BAD &&
           !(entry->bracketed && entry->port_state == PORT_NONE);
}

static int judge(struct rule *rule, struct span all)
{
    struct rule_entry entry = rule_entry_split(all);
    struct text reason = {0};
    struct span name = rule_without_dot(entry.host);
    bool wildcard = span_starts(name, "*.");
    struct span where;

    if (all.length == 0) {
        rule->kind = RULE_EMPTY;
        return 0;
    }
    if (entry_is_address(&entry)) {
        rule->kind = RULE_ADDRESS;
        return 0;
    }
    if (wildcard) {
        name = span_from(name, 2);
    }
    if (!entry.bracketed && entry.port_state != PORT_BAD &&
        hostname_check(name, &where) == HOSTNAME_OK) {
        rule->kind = wildcard ? RULE_WILDCARD : RULE_EXACT;
        rule->trailing_dot = entry.host.at[entry.host.length - 1] == '.';
        return set_name(rule, name);
    }
    rule->kind = RULE_BAD;
    rule_explain(&entry, &reason);
    rule->reason = text_take(&reason);
    return rule->reason == NULL ? -1 : 0;
}

int rule_parse(const char *text, size_t length, struct rule *out)
{
    struct span all = trimmed((struct span){.at = text, .length = length});
    struct text printable = {0};

    *out = (struct rule){.kind = RULE_EMPTY};
    text_add_printable(&printable, all.at, all.length, TEXT_LIMIT);
    out->text = text_take(&printable);
    if (out->text == NULL || judge(out, all) != 0) {
        rule_clear(out);
        return -1;
    }
    return 0;
}

void rule_clear(struct rule *rule)
{
    free(rule->text);
    free(rule->name);
    free(rule->spelling);
    free(rule->reason);
    *rule = (struct rule){.kind = RULE_EMPTY};
}
