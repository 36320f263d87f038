/*
 * Reading actions. One table for the words that stand alone, one function for each that takes
 * arguments.
 */
#include "tests/support/dns_action.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 4,000 records of 16 bytes are as many as fit in the 65,535 bytes of a TCP message; of CNAMEs,
   whose names cannot all be compressed (pointers reach 16 KiB), 3,600. */
#define MANY_MAX  4000U
#define CHAIN_MAX 3600U
#define DELAY_MAX 600000U
#define LIMIT_MAX 1000000U

struct report {
    char *text;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static int fail(const struct report *report,
                                                      const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(report->text, report->size, format, arguments);
    va_end(arguments);
    return -1;
}

static const char *take_word(struct dns_words *words)
{
    if (words->next >= words->count || strcmp(words->list[words->next], ";") == 0) {
        return NULL;
    }
    return words->list[words->next++];
}

/* Takes ownership of `item`, also when it fails; a NULL item is a failure. */
static int push_rdf(ldns_rdf ***list, size_t *count, ldns_rdf *item)
{
    ldns_rdf **grown;

    if (item == NULL) {
        return -1;
    }
    grown = realloc(*list, (*count + 1) * sizeof(*grown));
    if (grown == NULL) {
        ldns_rdf_deep_free(item);
        return -1;
    }
    grown[(*count)++] = item;
    *list = grown;
    return 0;
}

static int add_address(struct dns_action *action, const char *text, const struct report *report)
{
    unsigned char bytes[16];
    ldns_rdf *address;

    if (inet_pton(AF_INET, text, bytes) == 1) {
        address = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_A, 4, bytes);
    } else if (inet_pton(AF_INET6, text, bytes) == 1) {
        address = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_AAAA, 16, bytes);
    } else {
        return fail(report, "not an IP address: \"%s\"", text);
    }
    if (push_rdf(&action->addresses, &action->address_count, address) != 0) {
        return fail(report, "out of memory");
    }
    return 0;
}

static int add_name(struct dns_action *action, const char *text, const struct report *report)
{
    ldns_rdf *name = text[0] == '\0' ? NULL : ldns_dname_new_frm_str(text);

    if (name == NULL) {
        return fail(report, "not a name: \"%s\"", text);
    }
    if (push_rdf(&action->names, &action->name_count, name) != 0) {
        return fail(report, "out of memory");
    }
    return 0;
}

/* Hands the parts of a comma-separated list to `add`. The list is cut up in place. */
static int add_list(struct dns_action *action, char *list, const struct report *report,
                    int (*add)(struct dns_action *, const char *, const struct report *))
{
    char *part = list;

    while (part != NULL) {
        char *comma = strchr(part, ',');

        if (comma != NULL) {
            *comma++ = '\0';
        }
        if (add(action, part, report) != 0) {
            return -1;
        }
        part = comma;
    }
    return 0;
}

static int parse_number(const char *word, unsigned max, unsigned *out)
{
    char *end;
    unsigned long value;

    if (word[0] < '0' || word[0] > '9') {
        return -1;
    }
    errno = 0;
    value = strtoul(word, &end, 10);
    if (errno != 0 || *end != '\0' || value > max) {
        return -1;
    }
    *out = (unsigned)value;
    return 0;
}

/* The argument of `action`, to be cut up in place. */
static char *take_argument(struct dns_words *words, const char *action, const char *what,
                           const struct report *report)
{
    if (take_word(words) == NULL) {
        fail(report, "\"%s\" needs %s", action, what);
        return NULL;
    }
    return words->list[words->next - 1];
}

static int parse_answer(const char *word, struct dns_words *words, struct dns_action *out,
                        const struct report *report)
{
    char *list = take_argument(words, word, "addresses", report);

    if (strcmp(word, "rotate") == 0) {
        out->kind = DNS_ACTION_ROTATE;
    } else {
        out->kind = strcmp(word, "foreign") == 0 ? DNS_ACTION_FOREIGN : DNS_ACTION_ANSWER;
    }
    return list == NULL ? -1 : add_list(out, list, report, add_address);
}

static int parse_aaaa_only(const char *word, struct dns_words *words, struct dns_action *out,
                           const struct report *report)
{
    if (parse_answer(word, words, out, report) != 0) {
        return -1;
    }
    for (size_t i = 0; i < out->address_count; i++) {
        if (ldns_rdf_get_type(out->addresses[i]) != LDNS_RDF_TYPE_AAAA) {
            return fail(report, "\"%s\" takes IPv6 addresses only", word);
        }
    }
    return 0;
}

static int parse_sinkhole(const char *word, struct dns_words *words, struct dns_action *out,
                          const struct report *report)
{
    (void)word;
    (void)words;
    out->kind = DNS_ACTION_ANSWER;
    return add_address(out, "0.0.0.0", report);
}

static int parse_many(const char *word, struct dns_words *words, struct dns_action *out,
                      const struct report *report)
{
    const char *number = take_argument(words, word, "a number and an address", report);
    const char *base = number == NULL ? NULL : take_argument(words, word, "an address", report);
    struct in_addr address;
    unsigned count;

    if (base == NULL) {
        return -1;
    }
    if (parse_number(number, MANY_MAX, &count) != 0) {
        return fail(report, "not a number up to %u: \"%s\"", MANY_MAX, number);
    }
    if (inet_pton(AF_INET, base, &address) != 1) {
        return fail(report, "not an IPv4 address: \"%s\"", base);
    }
    out->kind = DNS_ACTION_ANSWER;
    for (unsigned i = 0; i < count; i++) {
        uint32_t next = htonl(ntohl(address.s_addr) + i);

        if (push_rdf(&out->addresses, &out->address_count,
                     ldns_rdf_new_frm_data(LDNS_RDF_TYPE_A, sizeof(next), &next)) != 0) {
            return fail(report, "out of memory");
        }
    }
    return 0;
}

static int parse_cname(const char *word, struct dns_words *words, struct dns_action *out,
                       const struct report *report)
{
    char *names = take_argument(words, word, "NAME,...:ADDRESS,...", report);
    char *colon;

    if (names == NULL) {
        return -1;
    }
    /* The first colon: names have none, IPv6 addresses do. */
    colon = strchr(names, ':');
    if (colon == NULL) {
        return fail(report, "no address behind a colon: \"%s\"", names);
    }
    *colon = '\0';
    out->kind = DNS_ACTION_CNAME;
    if (add_list(out, names, report, add_name) != 0) {
        return -1;
    }
    return add_list(out, colon + 1, report, add_address);
}

/* Short names, the first hundred with all second labels, so that as many as possible fit. */
static int parse_cname_many(const char *word, struct dns_words *words, struct dns_action *out,
                            const struct report *report)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    const char *number = take_argument(words, word, "a number and an address", report);
    const char *address = number == NULL ? NULL : take_argument(words, word, "an address", report);
    unsigned count;

    if (address == NULL) {
        return -1;
    }
    if (parse_number(number, CHAIN_MAX, &count) != 0) {
        return fail(report, "not a number up to %u: \"%s\"", CHAIN_MAX, number);
    }
    out->kind = DNS_ACTION_CNAME;
    for (size_t i = 0; i < count; i++) {
        const char wire[] = {1, first[i / 100], 2, first[i / 10 % 10], first[i % 10], 0};

        if (push_rdf(&out->names, &out->name_count,
                     ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, sizeof(wire), wire)) != 0) {
            return fail(report, "out of memory");
        }
    }
    return add_address(out, address, report);
}

static int parse_cname_to(const char *word, struct dns_words *words, struct dns_action *out,
                          const struct report *report)
{
    const char *name = take_argument(words, word, "a name", report);

    out->kind = strcmp(word, "cname-loop") == 0 ? DNS_ACTION_CNAME_LOOP : DNS_ACTION_CNAME;
    return name == NULL ? -1 : add_name(out, name, report);
}

struct plain_action {
    const char *word;
    enum dns_action_kind kind;
    ldns_pkt_rcode rcode;
};

static const struct plain_action plain_actions[] = {
    {"servfail", DNS_ACTION_RCODE, LDNS_RCODE_SERVFAIL},
    {"refused", DNS_ACTION_RCODE, LDNS_RCODE_REFUSED},
    {"notimp", DNS_ACTION_RCODE, LDNS_RCODE_NOTIMPL},
    {"formerr", DNS_ACTION_RCODE, LDNS_RCODE_FORMERR},
    {"nxdomain", DNS_ACTION_RCODE, LDNS_RCODE_NXDOMAIN},
    {"nodata", DNS_ACTION_RCODE, LDNS_RCODE_NOERROR},
    {"drop", DNS_ACTION_DROP, LDNS_RCODE_NOERROR},
    {"lame", DNS_ACTION_LAME, LDNS_RCODE_NOERROR},
    {"truncate-refuse", DNS_ACTION_TRUNCATE_REFUSE, LDNS_RCODE_NOERROR},
    {"truncate-hang", DNS_ACTION_TRUNCATE_HANG, LDNS_RCODE_NOERROR},
    {"empty-datagram", DNS_ACTION_EMPTY, LDNS_RCODE_NOERROR},
    {"garbage", DNS_ACTION_GARBAGE, LDNS_RCODE_NOERROR},
    {"garbage-answer", DNS_ACTION_GARBAGE_ANSWER, LDNS_RCODE_NOERROR},
};

static const struct {
    const char *word;
    int (*parse)(const char *word, struct dns_words *words, struct dns_action *out,
                 const struct report *report);
} actions_with_arguments[] = {
    {"answer", parse_answer},
    {"rotate", parse_answer},
    {"foreign", parse_answer},
    {"aaaa-only", parse_aaaa_only},
    {"sinkhole", parse_sinkhole},
    {"many", parse_many},
    {"cname", parse_cname},
    {"cname-loop", parse_cname_to},
    {"cname-dangling", parse_cname_to},
    {"cname-many", parse_cname_many},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct plain_action *find_plain(const char *word)
{
    for (size_t i = 0; i < COUNT(plain_actions); i++) {
        if (strcmp(word, plain_actions[i].word) == 0) {
            return &plain_actions[i];
        }
    }
    return NULL;
}

static int parse_count(struct dns_words *words, const char *word, const char *what, unsigned max,
                       unsigned *out, const struct report *report)
{
    const char *number = take_argument(words, word, what, report);

    if (number == NULL) {
        return -1;
    }
    if (parse_number(number, max, out) != 0) {
        return fail(report, "not %s up to %u: \"%s\"", what, max, number);
    }
    return 0;
}

static int parse_milliseconds(const char *word, struct dns_words *words, struct dns_modifier *out,
                              const struct report *report)
{
    return parse_count(words, word, "milliseconds", DELAY_MAX, &out->number, report);
}

static int parse_lose(const char *word, struct dns_words *words, struct dns_modifier *out,
                      const struct report *report)
{
    if (parse_count(words, word, "a percentage", 100, &out->number, report) != 0) {
        return -1;
    }
    return parse_count(words, word, "a seed", UINT_MAX, &out->seed, report);
}

static int parse_limit(const char *word, struct dns_words *words, struct dns_modifier *out,
                       const struct report *report)
{
    return parse_count(words, word, "questions", LIMIT_MAX, &out->number, report);
}

static int parse_others(const char *word, struct dns_words *words, struct dns_modifier *out,
                        const struct report *report)
{
    const char *action = take_argument(words, word, "an action", report);
    const struct plain_action *plain = action == NULL ? NULL : find_plain(action);

    if (action == NULL) {
        return -1;
    }
    if (plain == NULL) {
        return fail(report, "not an action of one word: \"%s\"", action);
    }
    out->base = plain->kind;
    out->rcode = plain->rcode;
    return 0;
}

static const struct {
    const char *word;
    enum dns_modifier_kind kind;
    int (*parse)(const char *word, struct dns_words *words, struct dns_modifier *out,
                 const struct report *report); /* NULL: no arguments */
} modifiers[] = {
    {"delay", DNS_MODIFIER_DELAY, parse_milliseconds},
    {"dribble", DNS_MODIFIER_DRIBBLE, parse_milliseconds},
    {"lose", DNS_MODIFIER_LOSE, parse_lose},
    {"limit", DNS_MODIFIER_LIMIT, parse_limit},
    {"others", DNS_MODIFIER_OTHERS, parse_others},
    {"truncate", DNS_MODIFIER_TRUNCATE, NULL},
    {"wrong-id", DNS_MODIFIER_WRONG_ID, NULL},
    {"wrong-question", DNS_MODIFIER_WRONG_QUESTION, NULL},
    {"wrong-source", DNS_MODIFIER_WRONG_SOURCE, NULL},
    {"no-question", DNS_MODIFIER_NO_QUESTION, NULL},
    {"poison", DNS_MODIFIER_POISON, NULL},
    {"reverse", DNS_MODIFIER_REVERSE, NULL},
    {"upper", DNS_MODIFIER_UPPER, NULL},
    {"tcp-only", DNS_MODIFIER_TCP_ONLY, NULL},
    {"formerr-edns", DNS_MODIFIER_FORMERR_EDNS, NULL},
};

/* 1: `word` was a modifier and is now in *out. 0: it is none. -1: a mistake. */
static int parse_modifier(const char *word, struct dns_words *words, struct dns_action *out,
                          const struct report *report)
{
    struct dns_modifier modifier = {0};
    size_t i = 0;

    while (i < COUNT(modifiers) && strcmp(word, modifiers[i].word) != 0) {
        i++;
    }
    if (i == COUNT(modifiers)) {
        return 0;
    }
    modifier.kind = modifiers[i].kind;
    if (modifiers[i].parse != NULL && modifiers[i].parse(word, words, &modifier, report) != 0) {
        return -1;
    }
    if (out->modifier_count == DNS_MODIFIERS_MAX) {
        return fail(report, "more than %d modifiers at \"%s\"", DNS_MODIFIERS_MAX, word);
    }
    out->modifiers[out->modifier_count++] = modifier;
    return 1;
}

static int parse_base(const char *word, struct dns_words *words, struct dns_action *out,
                      const struct report *report)
{
    const struct plain_action *plain = find_plain(word);

    if (plain != NULL) {
        out->kind = plain->kind;
        out->rcode = plain->rcode;
        return 0;
    }
    for (size_t i = 0; i < COUNT(actions_with_arguments); i++) {
        if (strcmp(word, actions_with_arguments[i].word) == 0) {
            return actions_with_arguments[i].parse(word, words, out, report);
        }
    }
    return fail(report, "unknown action \"%s\"", word);
}

int dns_action_parse(struct dns_words *words, struct dns_action *out, char *error, size_t size)
{
    const struct report report = {error, size};
    const char *word;
    int result;

    memset(out, 0, sizeof(*out));
    do {
        const char *before = words->next > 0 ? words->list[words->next - 1] : "";

        word = take_word(words);
        result = word == NULL ? fail(&report, "no action behind \"%s\"", before)
                              : parse_modifier(word, words, out, &report);
    } while (result > 0);
    if (result == 0) {
        result = parse_base(word, words, out, &report);
    }
    if (result != 0) {
        dns_action_clear(out);
    }
    return result;
}

void dns_action_clear(struct dns_action *action)
{
    for (size_t i = 0; i < action->name_count; i++) {
        ldns_rdf_deep_free(action->names[i]);
    }
    free(action->names);
    for (size_t i = 0; i < action->address_count; i++) {
        ldns_rdf_deep_free(action->addresses[i]);
    }
    free(action->addresses);
    memset(action, 0, sizeof(*action));
}
