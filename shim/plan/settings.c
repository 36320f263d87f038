/* Reads the variables, each with its range. */
#include "shim/plan/settings.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "resolver/ascii.h"
#include "shim/base/spelling.h"

#define FAMILY "BOXLITE" /* what a misspelt name has to begin with */
#define PREFIX "BOXLITE_ALLOWNET"

struct number {
    const char *name; /* behind PREFIX */
    size_t offset;    /* of an unsigned in struct settings */
    unsigned low;
    unsigned high;
    unsigned initial;
    const char *unit;
};

static const struct number numbers[] = {
    {"_ATTEMPTS", offsetof(struct settings, resolver.attempts), 1, 10, 4, "attempts"},
    {"_TIMEOUT_MS", offsetof(struct settings, resolver.timeout_ms), 50, 30000, 2000,
     "milliseconds"},
    {"_BACKOFF_MS", offsetof(struct settings, resolver.backoff_ms), 0, 10000, 100, "milliseconds"},
    {"_BACKOFF_FACTOR", offsetof(struct settings, resolver.backoff_factor), 1, 10, 3, "times"},
    {"_HEDGE_MS", offsetof(struct settings, resolver.hedge_ms), 0, 2000, 200,
     "milliseconds, 0 for all nameservers at once"},
    {"_BUDGET_MS", offsetof(struct settings, resolver.budget_ms), 0, 600000, 20000,
     "milliseconds, 0 for no limit"},
    {"_WINDOW", offsetof(struct settings, resolver.window), 1, 4096, 256, "lookups"},
};

static const char *const mode_values[] = {"on", "observe", "off", NULL};
static const char *const wildcard_values[] = {"strict", "lenient", NULL};
static const char *const static_values[] = {"attach", "warn", NULL};
/* In the order of enum log_level. */
static const char *const level_values[] = {"trace", "debug", "info", "warn", "error", NULL};

const char *settings_mode_name(enum settings_mode mode)
{
    return mode_values[mode];
}

/* Appends a sentence to `text`; what does not fit is cut, the first ones are the ones read. */
__attribute__((format(printf, 3, 4))) static void add(char *text, size_t size, const char *format,
                                                      ...)
{
    size_t used = strlen(text);
    va_list arguments;

    if (used > 0 && used + 2 < size) {
        memcpy(text + used, "; ", 3);
        used += 2;
    }
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

#define add_fault(settings, ...) add((settings)->fault, sizeof((settings)->fault), __VA_ARGS__)

/* The value as it may be shown: printable, short. */
static const char *shown(const char *value, char *buffer, size_t size)
{
    size_t length = 0;

    for (; *value != '\0' && length + 1 < size; value++) {
        buffer[length++] = *value >= ' ' && *value <= '~' ? *value : '?';
    }
    buffer[length] = '\0';
    return buffer;
}

static bool parse_unsigned(const char *text, unsigned *out)
{
    uint64_t value = 0;

    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || c - text > 9) {
            return false;
        }
        value = value * 10 + (uint64_t)(*c - '0');
    }
    if (*text == '\0' || value > UINT32_MAX) {
        return false;
    }
    *out = (unsigned)value;
    return true;
}

static void read_number(struct settings *settings, const struct number *number, const char *value)
{
    unsigned parsed;
    char text[64];

    if (parse_unsigned(value, &parsed) && parsed >= number->low && parsed <= number->high) {
        memcpy((char *)settings + number->offset, &parsed, sizeof(parsed));
    } else {
        add_fault(settings, "%s%s=\"%s\" is not a number from %u to %u (%s)", PREFIX, number->name,
                  shown(value, text, sizeof(text)), number->low, number->high, number->unit);
    }
}

/* Index of `value` among `values`, or -1 and a fault. */
static int read_choice(struct settings *settings, const char *name, const char *value,
                       const char *const *values)
{
    char text[64];
    char listed[64] = "";

    for (int i = 0; values[i] != NULL; i++) {
        if (ascii_equals(value, values[i])) {
            return i;
        }
        snprintf(listed + strlen(listed), sizeof(listed) - strlen(listed), "%s%s",
                 i == 0 ? "" : ", ", values[i]);
    }
    add_fault(settings, "%s%s=\"%s\" is not one of %s", PREFIX, name,
              shown(value, text, sizeof(text)), listed);
    return -1;
}

static void read_servers(struct settings *settings, const char *value)
{
    const char *wrong = strlen(value) < sizeof(settings->servers) ? resolver_servers_fault(value)
                                                                  : "the list is too long";
    char text[64];

    if (wrong != NULL) {
        add_fault(settings,
                  "%s_SERVERS=\"%s\": %s; write ADDRESS[:PORT],... with an IPv6 address that has a "
                  "port in brackets",
                  PREFIX, shown(value, text, sizeof(text)), wrong);
        return;
    }
    memcpy(settings->servers, value, strlen(value) + 1);
    settings->resolver.servers = settings->servers;
}

static void read_log_file(struct settings *settings, const char *value)
{
    char text[64];

    if (value[0] != '/' || strlen(value) >= sizeof(settings->log_file)) {
        add_fault(settings, "%s_LOG_FILE=\"%s\" is not an absolute path", PREFIX,
                  shown(value, text, sizeof(text)));
    } else {
        memcpy(settings->log_file, value, strlen(value) + 1);
    }
}

/* `name` is what follows the prefix. False if it is none of ours. */
static bool read_variable(struct settings *settings, const char *name, const char *value)
{
    int index;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            read_number(settings, &numbers[i], value);
            return true;
        }
    }
    if (strcmp(name, "") == 0) {
        if ((index = read_choice(settings, name, value, mode_values)) >= 0) {
            settings->mode = (enum settings_mode)index;
        }
    } else if (strcmp(name, "_WILDCARD") == 0) {
        if ((index = read_choice(settings, name, value, wildcard_values)) >= 0) {
            settings->lenient_wildcards = index == 1;
        }
    } else if (strcmp(name, "_STATIC") == 0) {
        if ((index = read_choice(settings, name, value, static_values)) >= 0) {
            settings->static_shims = (enum settings_static)index;
        }
    } else if (strcmp(name, "_LOG") == 0) {
        if ((index = read_choice(settings, name, value, level_values)) >= 0) {
            settings->log_level = (enum log_level)index;
        }
    } else if (strcmp(name, "_SERVERS") == 0) {
        read_servers(settings, value);
    } else if (strcmp(name, "_LOG_FILE") == 0) {
        read_log_file(settings, value);
    } else if (strcmp(name, "_DETECT") == 0) {
        settings->detect = strcmp(value, "1") == 0;
    } else {
        return false;
    }
    return true;
}

static void set_defaults(struct settings *settings)
{
    memset(settings, 0, sizeof(*settings));
    settings->log_level = LOG_LEVEL_INFO;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        memcpy((char *)settings + numbers[i].offset, &numbers[i].initial,
               sizeof(numbers[i].initial));
    }
}

/* Names that a variable may have been meant to have; the first is also the beginning of ours. */
static const char *const meant[] = {
    PREFIX,
    PREFIX "_ATTEMPTS",
    PREFIX "_TIMEOUT_MS",
    PREFIX "_BACKOFF_MS",
    PREFIX "_BACKOFF_FACTOR",
    PREFIX "_HEDGE_MS",
    PREFIX "_BUDGET_MS",
    PREFIX "_WINDOW",
    PREFIX "_SERVERS",
    PREFIX "_WILDCARD",
    PREFIX "_STATIC",
    PREFIX "_LOG",
    PREFIX "_LOG_FILE",
    PREFIX "_DETECT",
    "BOXLITE_RUNTIME_DIR",
};

/* The nearest of them; NULL if none is near. */
static const char *find_meant(const char *name)
{
    const char *nearest = NULL;
    size_t least = 3;

    for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++) {
        const size_t distance = spelling_distance(name, meant[i]);

        if (distance < least) {
            nearest = meant[i];
            least = distance;
        }
    }
    return least > 0 ? nearest : NULL;
}

/* Whether the name begins with our prefix, or with one that is nearly ours, up to an underscore. */
static bool has_our_prefix(const char *name)
{
    const size_t length = strlen(PREFIX);

    for (size_t at = length - 2; at <= length + 2 && at <= strlen(name); at++) {
        char head[sizeof(PREFIX) + 2];

        snprintf(head, sizeof(head), "%.*s", (int)at, name);
        if ((name[at] == '_' || name[at] == '\0') && spelling_distance(head, PREFIX) <= 2) {
            return true;
        }
    }
    return false;
}

/* A variable that is none of ours: was one of ours meant? Writes a sentence; "" if not. */
static const char *doubt_name(const char *variable, size_t length, char *text, size_t size)
{
    char name[SPELLING_MAX + 1];
    const char *nearest;

    text[0] = '\0';
    snprintf(name, sizeof(name), "%.*s", (int)length, variable);
    nearest = length < sizeof(name) ? find_meant(name) : NULL;
    if (nearest != NULL) {
        snprintf(text, size, "there is no setting %s; %s may be meant", name, nearest);
    } else if (has_our_prefix(name)) {
        snprintf(text, size, "there is no setting %.*s", (int)length, variable);
    }
    return text;
}

bool settings_concern(const char *variable)
{
    const size_t length = strcspn(variable, "=");
    char text[128];

    return variable[length] == '=' && strncmp(variable, FAMILY, strlen(FAMILY)) == 0 &&
           ((strncmp(variable, PREFIX, strlen(PREFIX)) == 0) ||
            doubt_name(variable, length, text, sizeof(text))[0] != '\0');
}

/* boxlite's own patience: GUEST_READY_TIMEOUT in its guest_connect.rs. */
#define BOXLITE_WAITS_MS 30000

void settings_read(char *const *environment, struct settings *out)
{
    const size_t prefix_length = strlen(PREFIX);

    set_defaults(out);
    for (char *const *entry = environment; entry != NULL && *entry != NULL; entry++) {
        const char *equals = strchr(*entry, '=');
        char name[32];
        char text[128];
        size_t length;

        if (equals == NULL || equals[1] == '\0' || strncmp(*entry, FAMILY, strlen(FAMILY)) != 0) {
            continue;
        }
        length = (size_t)(equals - *entry);
        if (strncmp(*entry, PREFIX, prefix_length) == 0 && length - prefix_length < sizeof(name)) {
            snprintf(name, sizeof(name), "%.*s", (int)(length - prefix_length),
                     *entry + prefix_length);
            if (read_variable(out, name, equals + 1)) {
                continue;
            }
        }
        if (doubt_name(*entry, length, text, sizeof(text))[0] != '\0') {
            add(out->doubt, sizeof(out->doubt), "%s", text);
        }
    }
    if (out->resolver.budget_ms > BOXLITE_WAITS_MS) {
        add(out->doubt, sizeof(out->doubt),
            "%s_BUDGET_MS=%u cannot be used up: boxlite gives a box up after %u ms", PREFIX,
            out->resolver.budget_ms, BOXLITE_WAITS_MS);
    }
}
