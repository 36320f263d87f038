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

struct variable {
    const char *name; /* after PREFIX */
    void (*read)(const struct variable *variable, const char *value, struct settings *settings);
    size_t offset; /* of an unsigned or an enum in struct settings; the numbers and choices */
    unsigned initial;
    unsigned low; /* the numbers */
    unsigned high;
    const char *unit;
    const char *const *values; /* the choices; their indices are the enum's */
};

static const char *const mode_values[] = {"on", "observe", "off", NULL};
static const char *const wildcard_values[] = {"strict", "lenient", NULL};
static const char *const static_values[] = {"attach", "warn", NULL};
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

static void set(const struct variable *variable, unsigned value, struct settings *settings)
{
    memcpy((char *)settings + variable->offset, &value, sizeof(value));
}

static void read_number(const struct variable *variable, const char *value,
                        struct settings *settings)
{
    unsigned parsed;
    char text[64];

    if (parse_unsigned(value, &parsed) && parsed >= variable->low && parsed <= variable->high) {
        set(variable, parsed, settings);
    } else {
        add_fault(settings, "%s%s=\"%s\" is not a number from %u to %u (%s)", PREFIX,
                  variable->name, shown(value, text, sizeof(text)), variable->low, variable->high,
                  variable->unit);
    }
}

static void read_choice(const struct variable *variable, const char *value,
                        struct settings *settings)
{
    char text[64];
    char listed[64] = "";

    for (unsigned i = 0; variable->values[i] != NULL; i++) {
        if (ascii_equals(value, variable->values[i])) {
            set(variable, i, settings);
            return;
        }
        snprintf(listed + strlen(listed), sizeof(listed) - strlen(listed), "%s%s",
                 i == 0 ? "" : ", ", variable->values[i]);
    }
    add_fault(settings, "%s%s=\"%s\" is not one of %s", PREFIX, variable->name,
              shown(value, text, sizeof(text)), listed);
}

static void read_servers(const struct variable *variable, const char *value,
                         struct settings *settings)
{
    const char *wrong = strlen(value) < sizeof(settings->servers) ? resolver_servers_fault(value)
                                                                  : "the list is too long";
    char text[64];

    if (wrong != NULL) {
        add_fault(settings,
                  "%s%s=\"%s\": %s; write ADDRESS[:PORT],... with an IPv6 address that has a "
                  "port in brackets",
                  PREFIX, variable->name, shown(value, text, sizeof(text)), wrong);
        return;
    }
    memcpy(settings->servers, value, strlen(value) + 1);
    settings->resolver.servers = settings->servers;
}

static void read_log_file(const struct variable *variable, const char *value,
                          struct settings *settings)
{
    char text[64];

    if (value[0] != '/' || strlen(value) >= sizeof(settings->log_file)) {
        add_fault(settings, "%s%s=\"%s\" is not an absolute path", PREFIX, variable->name,
                  shown(value, text, sizeof(text)));
    } else {
        memcpy(settings->log_file, value, strlen(value) + 1);
    }
}

static void read_detect(const struct variable *variable, const char *value,
                        struct settings *settings)
{
    (void)variable;
    settings->detect = strcmp(value, "1") == 0;
}

#define NUMBER(name, member, low, high, initial, unit)                                             \
    name, read_number, offsetof(struct settings, member), initial, low, high, unit, NULL
#define CHOICE(name, member, values, initial)                                                      \
    name, read_choice, offsetof(struct settings, member), initial, 0, 0, NULL, values

static const struct variable variables[] = {
    {CHOICE("", mode, mode_values, SETTINGS_ON)},
    {NUMBER("_ATTEMPTS", resolver.attempts, 1, 10, 4, "attempts")},
    {NUMBER("_TIMEOUT_MS", resolver.timeout_ms, 50, 30000, 2000, "milliseconds")},
    {NUMBER("_BACKOFF_MS", resolver.backoff_ms, 0, 10000, 100, "milliseconds")},
    {NUMBER("_BACKOFF_FACTOR", resolver.backoff_factor, 1, 10, 3, "times")},
    {NUMBER("_HEDGE_MS", resolver.hedge_ms, 0, 2000, 200,
            "milliseconds, 0 for all nameservers at once")},
    {NUMBER("_BUDGET_MS", resolver.budget_ms, 0, 600000, 20000, "milliseconds, 0 for no limit")},
    {NUMBER("_WINDOW", resolver.window, 1, 4096, 256, "lookups")},
    {.name = "_SERVERS", .read = read_servers},
    {CHOICE("_WILDCARD", wildcards, wildcard_values, SETTINGS_WILDCARD_STRICT)},
    {CHOICE("_STATIC", static_shims, static_values, SETTINGS_STATIC_ATTACH)},
    {CHOICE("_LOG", log_level, level_values, LOG_LEVEL_INFO)},
    {.name = "_LOG_FILE", .read = read_log_file},
    {.name = "_DETECT", .read = read_detect},
};

#define VARIABLE_COUNT (sizeof(variables) / sizeof(variables[0]))

static void set_defaults(struct settings *settings)
{
    memset(settings, 0, sizeof(*settings));
    for (size_t i = 0; i < VARIABLE_COUNT; i++) {
        if (variables[i].read == read_number || variables[i].read == read_choice) {
            set(&variables[i], variables[i].initial, settings);
        }
    }
}

/* `name` is what follows the prefix. False if it is none of ours. */
static bool read_variable(struct settings *settings, const char *name, const char *value)
{
    for (size_t i = 0; i < VARIABLE_COUNT; i++) {
        if (strcmp(name, variables[i].name) == 0) {
            variables[i].read(&variables[i], value, settings);
            return true;
        }
    }
    return false;
}

/* The nearest to `name` of the names that it may have been meant to be, written to `nearest`. False
   if none is near, or if it is that name. */
static bool find_meant(const char *name, char nearest[SPELLING_MAX + 1])
{
    size_t least = 3;

    for (size_t i = 0; i <= VARIABLE_COUNT; i++) {
        char meant[SPELLING_MAX + 1] = "BOXLITE_RUNTIME_DIR";
        size_t distance;

        if (i < VARIABLE_COUNT) {
            snprintf(meant, sizeof(meant), "%s%s", PREFIX, variables[i].name);
        }
        distance = spelling_distance(name, meant);
        if (distance < least) {
            memcpy(nearest, meant, sizeof(meant));
            least = distance;
        }
    }
    return least > 0 && least < 3;
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
    char nearest[SPELLING_MAX + 1];

    text[0] = '\0';
    snprintf(name, sizeof(name), "%.*s", (int)length, variable);
    if (length < sizeof(name) && find_meant(name, nearest)) {
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
