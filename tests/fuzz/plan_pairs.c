/*
 * `plan-pairs [-m COUNT] PATH...`: each configuration of the corpus, and COUNT mutants of each, as
 * it is and as the plan makes it, for the oracle in Go to compare:
 *
 *   VERDICT LENGTH LENGTH NAME newline, then the bytes before and those after
 *
 * VERDICT is "unchanged", "rewritten" or "refused"; only the second has bytes after. The last line
 * has the verdict "end".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/plan/plan.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/inputs.h"
#include "tests/fuzz/plan_lookup.h"
#include "tests/support/decide.h"

enum { CHANGES_MAX = 4, GROWTH = 64 };

static unsigned long mutants;
static struct settings settings;

static void drop_line(void *context, enum log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

static const struct log quiet = {.threshold = LOG_LEVEL_ERROR, .sink = drop_line};

static void print_pair(const char *name, const char *json, size_t length)
{
    static const char *const verdicts[] = {"unchanged", "rewritten", "refused"};
    struct answers answers = {0};
    struct plan plan;

    plan_read(json, length, &settings, &quiet, &plan);
    if (plan.in_scope) {
        decide_with(&plan, plan_lookup, &answers);
    }
    printf("%s %zu %zu %s\n", verdicts[plan.verdict], length, plan.json_length, name);
    fwrite(json, 1, length, stdout);
    if (plan.json != NULL) {
        fwrite(plan.json, 1, plan.json_length, stdout);
    }
    plan_clear(&plan);
    answers_clear(&answers);
}

/* xorshift64*, seeded with the input: the same mutants each time. */
static uint64_t state;

static size_t below(size_t limit)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return limit == 0 ? 0 : (size_t)(state * UINT64_C(0x2545f4914f6cdd1d) >> 33) % limit;
}

static size_t insert(char *text, size_t length, size_t at, const char *bytes, size_t size)
{
    memmove(text + at + size, text + at, length - at);
    memcpy(text + at, bytes, size);
    return length + size;
}

/* Changes `text`, which has room for GROWTH bytes more, so that it may still be JSON. */
static size_t mutate(char *text, size_t length)
{
    static const char *const tokens[] = {"null",
                                         ",",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         "\"",
                                         ":",
                                         "7",
                                         "-1e9",
                                         "true",
                                         "\\u0000",
                                         "\\ud800",
                                         " ",
                                         "\n",
                                         "\\",
                                         "\xff",
                                         "\\u017f",
                                         "\\u212a",
                                         "\xe2\x84\xaa",
                                         "\xc5\xbf",
                                         "a",
                                         "*.",
                                         ".",
                                         "\"allow_net\":[\"x.example\"],",
                                         "\"dns_zones\":null,",
                                         "\"HOST_IP\":\"\","};
    const size_t at = below(length);
    const size_t most = length - at < 16 ? length - at : 16;
    const size_t size = below(most + 1);
    const char *token = tokens[below(sizeof(tokens) / sizeof(tokens[0]))];
    char copy[16];

    switch (below(4)) {
    case 0:
        return insert(text, length, at, token, strlen(token));
    case 1:
        memmove(text + at, text + at + size, length - at - size);
        return length - size;
    case 2:
        memcpy(copy, text + at, size);
        return insert(text, length, below(length), copy, size);
    default:
        if (length > 0) {
            text[at] = (char)(text[at] ^ (1 << below(8)));
        }
        return length;
    }
}

static void run(const char *path, const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + CHANGES_MAX * GROWTH);

    fuzz_require(text != NULL);
    print_pair(path, (const char *)bytes, size);
    state = fuzz_hash(bytes, size) | 1;
    for (unsigned long i = 0; i < mutants; i++) {
        size_t length = size;

        memcpy(text, bytes, size);
        for (size_t change = below(CHANGES_MAX) + 1; change > 0; change--) {
            length = mutate(text, length);
        }
        print_pair(path, text, length);
    }
    free(text);
}

int main(int argc, char **argv)
{
    char *nothing[] = {NULL};
    size_t count = 0;

    settings_read(nothing, &settings);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-m") == 0 && i + 1 < argc) {
            mutants = strtoul(argv[++i], NULL, 10);
        } else {
            count += inputs_run(argv[i], run);
        }
    }
    puts("end 0 0 -");
    return count > 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
