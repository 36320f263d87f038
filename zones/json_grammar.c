/*
 * RFC 8259, section by section. The state is explicit: a document may nest deeper than a small
 * stack could recurse.
 */
#include "zones/json_grammar.h"

#include <limits.h>
#include <string.h>

enum {
    MAX_DEPTH = 10000 /* encoding/json/scanner.go, maxNestingDepth */
};

struct scan {
    const char *at;
    const char *end;
};

/* What may come next. */
enum expectation {
    VALUE,
    VALUE_OR_END,  /* behind "[" */
    MEMBER,        /* behind "," in an object */
    MEMBER_OR_END, /* behind "{" */
    SEPARATOR      /* behind a value */
};

/* Open arrays and objects, one bit each: set for an object. */
struct nesting {
    unsigned char bits[(MAX_DEPTH + CHAR_BIT - 1) / CHAR_BIT];
    size_t depth;
};

static bool nesting_push(struct nesting *nesting, bool object)
{
    unsigned char bit = (unsigned char)(1U << nesting->depth % CHAR_BIT);
    unsigned char *byte = &nesting->bits[nesting->depth / CHAR_BIT];

    if (nesting->depth == MAX_DEPTH) {
        return false;
    }
    *byte = (unsigned char)(object ? *byte | bit : *byte & ~bit);
    nesting->depth++;
    return true;
}

static bool nesting_in_object(const struct nesting *nesting)
{
    size_t top = nesting->depth - 1;

    return ((unsigned)nesting->bits[top / CHAR_BIT] >> top % CHAR_BIT & 1U) != 0;
}

static bool is_digit(const struct scan *scan)
{
    return scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9';
}

static bool is_one_of(const struct scan *scan, const char *set)
{
    return scan->at < scan->end && *scan->at != '\0' && strchr(set, *scan->at) != NULL;
}

static bool skip_digits(struct scan *scan)
{
    if (!is_digit(scan)) {
        return false;
    }
    while (is_digit(scan)) {
        scan->at++;
    }
    return true;
}

static void skip_space(struct scan *scan)
{
    while (is_one_of(scan, " \t\r\n")) {
        scan->at++;
    }
}

static bool skip_number(struct scan *scan)
{
    if (is_one_of(scan, "-")) {
        scan->at++;
    }
    if (is_one_of(scan, "0")) {
        scan->at++;
    } else if (!skip_digits(scan)) {
        return false;
    }
    if (is_one_of(scan, ".")) {
        scan->at++;
        if (!skip_digits(scan)) {
            return false;
        }
    }
    if (is_one_of(scan, "eE")) {
        scan->at++;
        if (is_one_of(scan, "+-")) {
            scan->at++;
        }
        return skip_digits(scan);
    }
    return true;
}

static bool skip_word(struct scan *scan, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, word, length) != 0) {
        return false;
    }
    scan->at += length;
    return true;
}

static bool skip_escape(struct scan *scan)
{
    if (is_one_of(scan, "\"\\/bfnrt")) {
        scan->at++;
        return true;
    }
    if (!is_one_of(scan, "u")) {
        return false;
    }
    scan->at++;
    for (int i = 0; i < 4; i++) {
        if (!is_one_of(scan, "0123456789abcdefABCDEF")) {
            return false;
        }
        scan->at++;
    }
    return true;
}

static bool skip_string(struct scan *scan)
{
    scan->at++;
    while (scan->at < scan->end) {
        unsigned char byte = (unsigned char)*scan->at++;

        if (byte == '"') {
            return true;
        }
        if (byte < 0x20 || (byte == '\\' && !skip_escape(scan))) {
            return false;
        }
    }
    return false;
}

/* A string, a number or a word. */
static bool skip_scalar(struct scan *scan)
{
    switch (*scan->at) {
    case '"':
        return skip_string(scan);
    case 't':
        return skip_word(scan, "true");
    case 'f':
        return skip_word(scan, "false");
    case 'n':
        return skip_word(scan, "null");
    default:
        return skip_number(scan);
    }
}

/* A key and its colon. */
static bool skip_key(struct scan *scan)
{
    if (*scan->at != '"' || !skip_string(scan)) {
        return false;
    }
    skip_space(scan);
    return skip_word(scan, ":");
}

/* Takes one value's beginning, or all of it if it is a scalar. */
static bool take_value(struct scan *scan, struct nesting *nesting, enum expectation *expect)
{
    bool object = *scan->at == '{';

    if (!object && *scan->at != '[') {
        *expect = SEPARATOR;
        return skip_scalar(scan);
    }
    *expect = object ? MEMBER_OR_END : VALUE_OR_END;
    scan->at++;
    return nesting_push(nesting, object);
}

static bool take_separator(struct scan *scan, struct nesting *nesting, enum expectation *expect)
{
    bool object = nesting_in_object(nesting);
    char byte = *scan->at++;

    if (byte == ',') {
        *expect = object ? MEMBER : VALUE;
        return true;
    }
    nesting->depth--;
    *expect = SEPARATOR;
    return byte == (object ? '}' : ']');
}

bool json_grammar_accepts(const char *text, size_t length, size_t *tokens)
{
    struct scan scan = {.at = text, .end = text + length};
    struct nesting nesting = {.depth = 0};
    enum expectation expect = VALUE;
    bool ok = true;

    *tokens = 0;
    while (ok) {
        skip_space(&scan);
        if (expect == SEPARATOR && nesting.depth == 0) {
            return scan.at == scan.end;
        }
        if (scan.at == scan.end) {
            return false;
        }
        if (expect == SEPARATOR || (expect == VALUE_OR_END && *scan.at == ']') ||
            (expect == MEMBER_OR_END && *scan.at == '}')) {
            ok = take_separator(&scan, &nesting, &expect);
        } else if (expect == MEMBER || expect == MEMBER_OR_END) {
            ok = skip_key(&scan);
            expect = VALUE;
            ++*tokens;
        } else {
            ok = take_value(&scan, &nesting, &expect);
            ++*tokens;
        }
    }
    return false;
}
