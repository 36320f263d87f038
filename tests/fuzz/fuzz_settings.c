/*
 * An environment, its variables separated by NULs: each setting has the last good value given, or
 * its default, and each bad value is named together with what is allowed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/plan/settings.h"
#include "tests/fuzz/fuzz.h"

#define PREFIX "BOXLITE_ALLOWNET"

/* The table of the README. */
struct range {
    const char *name;
    unsigned long low;
    unsigned long high;
    unsigned long initial;
    size_t member; /* of struct settings */
};

#define MEMBER(name) offsetof(struct settings, name)

static const struct range ranges[] = {
    {PREFIX "_ATTEMPTS", 1, 10, 4, MEMBER(resolver.attempts)},
    {PREFIX "_TIMEOUT_MS", 50, 30000, 2000, MEMBER(resolver.timeout_ms)},
    {PREFIX "_BACKOFF_MS", 0, 10000, 100, MEMBER(resolver.backoff_ms)},
    {PREFIX "_BACKOFF_FACTOR", 1, 10, 3, MEMBER(resolver.backoff_factor)},
    {PREFIX "_BUDGET_MS", 0, 600000, 20000, MEMBER(resolver.budget_ms)},
    {PREFIX "_WINDOW", 1, 4096, 256, MEMBER(resolver.window)},
    {PREFIX "_HEDGE_MS", 0, 2000, 200, MEMBER(resolver.hedge_ms)},
};

static unsigned long value_of(const struct settings *settings, const struct range *range)
{
    unsigned value;

    memcpy(&value, (const char *)settings + range->member, sizeof(value));
    return value;
}

/* The value of `variable` if it is the one called `name`, NULL if not, or if it is empty. */
static const char *given(const char *variable, const char *name)
{
    const size_t length = strlen(name);

    if (strncmp(variable, name, length) != 0 || variable[length] != '=') {
        return NULL;
    }
    return variable[length + 1] != '\0' ? variable + length + 1 : NULL;
}

/* A number of the range, in digits alone. */
static bool is_good(const char *value, const struct range *range, unsigned long *number)
{
    if (strspn(value, "0123456789") != strlen(value) || strlen(value) > 10) {
        return false;
    }
    *number = strtoul(value, NULL, 10);
    return *number >= range->low && *number <= range->high;
}

static void check_number(const struct settings *settings, char *const *environment,
                         const struct range *range)
{
    unsigned long expected = range->initial;
    bool bad = false;
    char allowed[64];

    for (; *environment != NULL; environment++) {
        const char *value = given(*environment, range->name);
        unsigned long number;

        if (value != NULL && is_good(value, range, &number)) {
            expected = number;
        } else if (value != NULL) {
            bad = true;
        }
    }
    fuzz_require(value_of(settings, range) == expected);
    snprintf(allowed, sizeof(allowed), "is not a number from %lu to %lu", range->low, range->high);
    /* After so many faults that the text is full, this one may be cut off. */
    if (bad && strlen(settings->fault) + 1 < sizeof(settings->fault)) {
        fuzz_require(strstr(settings->fault, allowed) != NULL);
    }
    fuzz_require(!bad || settings->fault[0] != '\0');
}

static void check_texts(const struct settings *settings)
{
    fuzz_require(memchr(settings->fault, '\0', sizeof(settings->fault)) != NULL);
    fuzz_require(memchr(settings->doubt, '\0', sizeof(settings->doubt)) != NULL);
    fuzz_require(memchr(settings->log_file, '\0', sizeof(settings->log_file)) != NULL);
    fuzz_require(memchr(settings->servers, '\0', sizeof(settings->servers)) != NULL);
    fuzz_require(settings->log_file[0] == '\0' || settings->log_file[0] == '/');
    for (const char *byte = settings->fault; *byte != '\0'; byte++) {
        fuzz_require(*byte >= ' ' && *byte <= '~');
    }
}

static void check_choices(const struct settings *settings)
{
    fuzz_require(settings->mode >= SETTINGS_ON && settings->mode <= SETTINGS_OFF);
    fuzz_require(settings_mode_name(settings->mode) != NULL);
    fuzz_require(settings->static_shims == SETTINGS_STATIC_ATTACH ||
                 settings->static_shims == SETTINGS_STATIC_WARN);
    fuzz_require(settings->log_level >= LOG_LEVEL_TRACE && settings->log_level <= LOG_LEVEL_ERROR);
}

static void check_servers(const struct settings *settings)
{
    if (settings->resolver.servers == NULL) {
        return;
    }
    fuzz_require(settings->resolver.servers == settings->servers);
    fuzz_require(resolver_servers_fault(settings->servers) == NULL);
}

/* Whether anything in the environment can be meant for us. */
static bool has_ours(char *const *environment)
{
    for (; *environment != NULL; environment++) {
        if (settings_concern(*environment)) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct settings settings;
    static struct settings defaults;
    struct fuzz_words words;

    fuzz_words_split(bytes, size, &words);
    settings_read(words.list, &settings);
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        check_number(&settings, words.list, &ranges[i]);
    }
    check_texts(&settings);
    check_choices(&settings);
    check_servers(&settings);
    if (!has_ours(words.list)) {
        settings_read(NULL, &defaults);
        fuzz_require(memcmp(&settings, &defaults, sizeof(settings)) == 0);
    }
    fuzz_words_clear(&words);
    return 0;
}
