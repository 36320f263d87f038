/*
 * One entry of allow_net: whatever it is, it is understood or explained, and the spelling that an
 * explanation proposes is one that is accepted.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "zones/rule.h"

static bool is_printable_line(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f) {
            return false;
        }
    }
    return true;
}

/* RFC 1035 section 2.3.4, and no byte that a name in lower case cannot have. */
static bool is_name(const char *name)
{
    const size_t length = strlen(name);
    size_t label = 0;

    for (const char *byte = name; *byte != '\0'; byte++) {
        if (*byte == '.') {
            if (label == 0) {
                return false;
            }
            label = 0;
        } else if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", *byte) == NULL ||
                   ++label > 63) {
            return false;
        }
    }
    return label > 0 && length <= 253;
}

static void lower(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z') {
            *text = (char)(*text - 'A' + 'a');
        }
    }
}

/* A rule made of `prefix` and the name means that name, and nothing has to be said about it. */
static void check_again(const char *prefix, const char *name, enum rule_kind kind)
{
    char text[260];
    struct rule again;

    stpcpy(stpcpy(text, prefix), name);
    fuzz_require(rule_parse(text, strlen(text), &again) == 0);
    fuzz_require(again.kind == kind);
    fuzz_require(strcmp(again.name, name) == 0);
    fuzz_require(again.spelling == NULL && !again.trailing_dot);
    rule_clear(&again);
}

static void check_host(const struct rule *rule)
{
    fuzz_require(rule->name != NULL && is_name(rule->name));
    fuzz_require(rule->reason == NULL);
    check_again("", rule->name, RULE_EXACT);
    check_again("*.", rule->name, RULE_WILDCARD);
    if (rule->spelling != NULL) {
        char *spelling = strdup(rule->spelling);

        fuzz_require(spelling != NULL && strcmp(spelling, rule->name) != 0);
        lower(spelling);
        fuzz_require(strcmp(spelling, rule->name) == 0);
        free(spelling);
    }
}

/* Everything in quotes behind "write". */
static void check_proposals(const char *reason)
{
    const char *at = strstr(reason, "; write ");

    while (at != NULL && (at = strchr(at, '"')) != NULL) {
        const char *end = strchr(at + 1, '"');
        struct rule proposed;

        fuzz_require(end != NULL);
        fuzz_require(rule_parse(at + 1, (size_t)(end - at - 1), &proposed) == 0);
        fuzz_require(proposed.kind != RULE_BAD && proposed.kind != RULE_EMPTY);
        fuzz_require(proposed.spelling == NULL && !proposed.trailing_dot);
        rule_clear(&proposed);
        at = end + 1;
    }
}

static void check_bad(const struct rule *rule)
{
    fuzz_require(rule->reason != NULL && rule->reason[0] != '\0');
    fuzz_require(is_printable_line(rule->reason));
    fuzz_require(rule->name == NULL && rule->spelling == NULL);
    check_proposals(rule->reason);
}

/* The case of ASCII letters decides nothing but the spelling. */
static void check_lower_case(const struct rule *rule, const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    struct rule other;

    fuzz_require(text != NULL);
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] - 'A' + 'a' : bytes[i]);
    }
    fuzz_require(rule_parse(text, size, &other) == 0);
    fuzz_require(other.kind == rule->kind && other.spelling == NULL);
    fuzz_require(rule->name == NULL || strcmp(rule->name, other.name) == 0);
    rule_clear(&other);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct rule rule;

    fuzz_require(rule_parse((const char *)bytes, size, &rule) == 0);
    fuzz_require(rule.text != NULL && is_printable_line(rule.text));
    switch (rule.kind) {
    case RULE_EMPTY:
        fuzz_require(rule.text[0] == '\0');
        break;
    case RULE_ADDRESS:
        fuzz_require(rule.name == NULL && rule.reason == NULL);
        break;
    case RULE_EXACT:
    case RULE_WILDCARD:
        check_host(&rule);
        break;
    case RULE_BAD:
        check_bad(&rule);
        break;
    }
    check_lower_case(&rule, bytes, size);
    rule_clear(&rule);
    return 0;
}
