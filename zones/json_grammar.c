/*
 * RFC 8259, section by section. The state is explicit: a document may nest deeper than a small
 * stack could recurse.
 */
#include "zones/json_grammar.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DEPTH = 10000 /* encoding/json/scanner.go, maxNestingDepth */
};

struct scan {
    const char *text;
    const char *at;
    const char *end;
    struct json_span *spans;
    size_t count;
    uint32_t open;  /* the innermost array or object that has not ended; its `end` is the one around
                       it until then */
    unsigned depth; /* arrays and objects that have not ended */
    bool failed;    /* memory was short */
};

/* No array or object. */
#define NONE UINT32_MAX

/* What may come next. */
enum expectation {
    VALUE,
    VALUE_OR_END,  /* behind "[" */
    MEMBER,        /* behind "," in an object */
    MEMBER_OR_END, /* behind "{" */
    SEPARATOR      /* behind a value */
};

/* Adds the span that begins here. False where memory is short. */
static bool add_span(struct scan *scan, enum json_kind kind, unsigned depth)
{
    struct json_span *larger = scan->spans;

    /* Doubled at each power of two, so that no capacity has to be kept. */
    if ((scan->count & (scan->count - 1)) == 0) {
        larger = reallocarray(larger, scan->count == 0 ? 1 : 2 * scan->count, sizeof(larger[0]));
    }
    if (larger == NULL) {
        scan->failed = true;
        return false;
    }
    scan->spans = larger;
    larger[scan->count++] = (struct json_span){.begin = (uint32_t)(scan->at - scan->text),
                                               .depth = (uint16_t)depth,
                                               .kind = (uint8_t)kind};
    return true;
}

static bool in_object(const struct scan *scan)
{
    return scan->open != NONE && scan->spans[scan->open].kind == JSON_OBJECT;
}

/* The depth of what is inside the innermost array or object. */
static unsigned inner_depth(const struct scan *scan)
{
    return scan->open == NONE ? 0 : scan->spans[scan->open].depth + 1U;
}

/* The value `index` ends here, and with it its key. */
static void end_value(struct scan *scan, size_t index, const char *end)
{
    scan->spans[index].end = (uint32_t)(end - scan->text);
    scan->spans[index].next = (uint32_t)scan->count;
    if (in_object(scan)) {
        scan->spans[index - 1].next = (uint32_t)scan->count;
    }
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

/* A string, without its quotes. */
static bool take_string(struct scan *scan, unsigned depth)
{
    if (!add_span(scan, JSON_STRING, depth) || !skip_string(scan)) {
        return false;
    }
    scan->spans[scan->count - 1].begin++;
    scan->spans[scan->count - 1].end = (uint32_t)(scan->at - 1 - scan->text);
    return true;
}

/* A number or a word. */
static bool skip_plain(struct scan *scan)
{
    switch (*scan->at) {
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

static bool take_scalar(struct scan *scan, unsigned depth)
{
    const bool string = *scan->at == '"';
    const bool taken = string ? take_string(scan, depth)
                              : add_span(scan, *scan->at == 'n' ? JSON_NULL : JSON_SCALAR, depth) &&
                                    skip_plain(scan);

    if (taken) {
        end_value(scan, scan->count - 1, string ? scan->at - 1 : scan->at);
    }
    return taken;
}

/* A key and its colon. */
static bool take_key(struct scan *scan)
{
    if (*scan->at != '"' || !take_string(scan, inner_depth(scan))) {
        return false;
    }
    skip_space(scan);
    return skip_word(scan, ":");
}

/* Takes one value's beginning, or all of it if it is a scalar. */
static bool take_value(struct scan *scan, enum expectation *expect)
{
    const bool object = *scan->at == '{';
    const unsigned depth = inner_depth(scan) + (in_object(scan) ? 1U : 0U);

    if (!object && *scan->at != '[') {
        *expect = SEPARATOR;
        return take_scalar(scan, depth);
    }
    if (scan->depth == MAX_DEPTH || !add_span(scan, object ? JSON_OBJECT : JSON_ARRAY, depth)) {
        return false;
    }
    *expect = object ? MEMBER_OR_END : VALUE_OR_END;
    scan->depth++;
    scan->spans[scan->count - 1].end = scan->open;
    scan->open = (uint32_t)(scan->count - 1);
    scan->at++;
    return true;
}

/* What comes behind a value, or in place of the first one. */
static bool take_separator(struct scan *scan, enum expectation *expect)
{
    const bool object = in_object(scan);
    const char byte = *scan->at++;
    const uint32_t ended = scan->open;

    if (byte == ',') {
        *expect = object ? MEMBER : VALUE;
        return true;
    }
    scan->open = scan->spans[ended].end;
    scan->depth--;
    end_value(scan, ended, scan->at);
    *expect = SEPARATOR;
    return byte == (object ? '}' : ']');
}

static bool take_document(struct scan *scan)
{
    enum expectation expect = VALUE;
    bool ok = true;

    while (ok) {
        skip_space(scan);
        if (expect == SEPARATOR && scan->depth == 0) {
            return scan->at == scan->end;
        }
        if (scan->at == scan->end) {
            return false;
        }
        if (expect == SEPARATOR || (expect == VALUE_OR_END && *scan->at == ']') ||
            (expect == MEMBER_OR_END && *scan->at == '}')) {
            ok = take_separator(scan, &expect);
        } else if (expect == MEMBER || expect == MEMBER_OR_END) {
            ok = take_key(scan);
            expect = VALUE;
        } else {
            ok = take_value(scan, &expect);
        }
    }
    return false;
}

enum json_status json_grammar_read(const char *text, size_t length, struct json_span **spans,
                                   size_t *count)
{
    struct scan scan = {.text = text, .at = text, .end = text + length, .open = NONE};

    *spans = NULL;
    *count = 0;
    if (length >= NONE || !take_document(&scan)) {
        free(scan.spans);
        return scan.failed ? JSON_NOMEM : JSON_INVALID;
    }
    *spans = scan.spans;
    *count = scan.count;
    return JSON_OK;
}
