/* Creates boxes without the repair and with it, and compares what their guests are told. */
#include "shim/command/selftest/checks.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "shim/base/version.h"
#include "shim/command/doctor/trial.h"
#include "shim/command/selftest/bridge_lookup.h"
#include "shim/command/selftest/process.h"
#include "shim/command/selftest/responder.h"

static const char *const good_rules[] = {RESPONDER_SHORT,     RESPONDER_LONG,  RESPONDER_FLAKY,
                                         RESPONDER_WILD_RULE, RESPONDER_LABEL, NULL};
static const char *const good_names[] = {RESPONDER_SHORT,      RESPONDER_LONG,  RESPONDER_FLAKY,
                                         RESPONDER_BELOW_WILD, RESPONDER_LABEL, NULL};
static const char *const bad_rules[] = {RESPONDER_SHORT, RESPONDER_IPV6, RESPONDER_FAILING, NULL};
static const char *const no_names[] = {NULL};

/* What the guest is told for good_names. */
static const char *const faulty[] = {"answer " RESPONDER_SHORT " " RESPONDER_ADDRESS("1"),
                                     "answer " RESPONDER_LONG " 0.0.0.0",
                                     "answer " RESPONDER_FLAKY " 0.0.0.0",
                                     "answer " RESPONDER_BELOW_WILD " -",
                                     "answer " RESPONDER_LABEL " 0.0.0.0",
                                     "config same",
                                     NULL};
/* Observing, the repair has asked before the bridge does, so that the bridge is told the address of
   RESPONDER_FLAKY. */
static const char *const observed[] = {"answer " RESPONDER_LONG " 0.0.0.0",
                                       "answer " RESPONDER_BELOW_WILD " -", "config same", NULL};
static const char *const repaired[] = {"answer " RESPONDER_SHORT " " RESPONDER_ADDRESS("1"),
                                       "answer " RESPONDER_LONG " " RESPONDER_ADDRESS("2"),
                                       "answer " RESPONDER_FLAKY " " RESPONDER_ADDRESS("3"),
                                       "answer " RESPONDER_BELOW_WILD " " RESPONDER_ADDRESS("4"),
                                       "answer " RESPONDER_LABEL " " RESPONDER_ADDRESS("5"),
                                       "config other",
                                       "lookups 0",
                                       NULL};

enum { WORDS_MAX = 16 };

/*
 * Creates a box in a process with the bridge, and with the preload in front of it where `mode`, the
 * value of BOXLITE_ALLOWNET, is not NULL. Returns what it has printed, the caller's to free, or
 * NULL and *fault.
 */
static char *create_box(const struct place *place, const char *mode, const char *const *rules,
                        const char *const *names, const char **fault)
{
    char preload[2 * PATH_MAX + 16];
    char port[64];
    char servers[64];
    char switch_value[64];
    const char *environment[] = {preload,
                                 port,
                                 servers,
                                 switch_value,
                                 "BOXLITE_ALLOWNET_ATTEMPTS=2",
                                 "BOXLITE_ALLOWNET_BACKOFF_MS=10",
                                 NULL};
    const char *words[WORDS_MAX] = {"selftest-box"};
    size_t count = 1;
    char *output;
    int status = 0;

    snprintf(preload, sizeof(preload), "LD_PRELOAD=%s%s%s", mode != NULL ? place->object : "",
             mode != NULL ? ":" : "", place->bridge);
    snprintf(port, sizeof(port), BRIDGE_PORT "=%u", (unsigned)place->port);
    snprintf(servers, sizeof(servers), "BOXLITE_ALLOWNET_SERVERS=127.0.0.1:%u",
             (unsigned)place->port);
    snprintf(switch_value, sizeof(switch_value), "BOXLITE_ALLOWNET=%s", mode != NULL ? mode : "on");
    for (; *rules != NULL; rules++) {
        words[count++] = *rules;
    }
    words[count++] = "--";
    for (; *names != NULL; names++) {
        words[count++] = *names;
    }
    responder_reset();
    output =
        process_run(&(struct process){.arguments = words, .environment = environment}, &status);
    if (output == NULL) {
        *fault = strerror(errno);
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        *fault = WIFSIGNALED(status) ? "the process with the bridge was killed by a signal"
                                     : "the bridge for the self-test could not be loaded";
        free(output);
        output = NULL;
    }
    return output;
}

/* The line of `output` that begins with `begin`; NULL if there is none. */
static const char *find_line(const char *output, const char *begin)
{
    const size_t length = strlen(begin);

    for (const char *line = output; line != NULL && *line != '\0';
         line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, begin, length) == 0) {
            return line;
        }
    }
    return NULL;
}

static bool has_line(const char *output, const char *wanted)
{
    const char *const line = find_line(output, wanted);

    return line != NULL && line[strlen(wanted)] == '\n';
}

/* The first of `wanted` that is not there, and what is there in its place; NULL if all are. */
static const char *miss(const char *output, const char *const *wanted, char *text, size_t size)
{
    for (; *wanted != NULL; wanted++) {
        char begin[128];
        const char *found;

        if (has_line(output, *wanted)) {
            continue;
        }
        snprintf(begin, sizeof(begin), "%s", *wanted);
        *strrchr(begin, ' ') = '\0';
        found = find_line(output, begin);
        if (found == NULL) {
            found = find_line(output, "refused");
        }
        snprintf(text, size, "expected \"%s\", got \"%.*s\"", *wanted,
                 found != NULL ? (int)strcspn(found, "\n") : 0, found != NULL ? found : "");
        return text;
    }
    return NULL;
}

static const char *expect_box(const struct place *place, const char *mode,
                              const char *const *wanted, char *text, size_t size)
{
    const char *fault = NULL;
    char *const output = create_box(place, mode, good_rules, good_names, &fault);

    if (output != NULL) {
        fault = miss(output, wanted, text, size);
    }
    free(output);
    return fault;
}

const char *check_loaded(const struct place *place, char *text, size_t size)
{
    char preload[PATH_MAX + 16];
    char wanted[256];
    const char *const environment[] = {preload, "BOXLITE_ALLOWNET_DETECT=1", NULL};
    const char *const words[] = {"version", NULL};
    const char *fault = NULL;
    int status = 0;
    char *output;

    snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", place->object);
    snprintf(wanted, sizeof(wanted), "boxlite-allownet %s (%s) preload mode=on\n", version_number(),
             version_revision());
    output =
        process_run(&(struct process){.arguments = words, .environment = environment}, &status);
    if (output == NULL) {
        fault = strerror(errno);
    } else if (strstr(output, " preload mode=") == NULL) {
        snprintf(text, size, "ld.so does not load %s; see LD_DEBUG=libs", place->object);
        fault = text;
    } else if (strcmp(output, wanted) != 0) {
        output[strcspn(output, "\n")] = '\0';
        snprintf(text, size, "%s is of another build, \"%s\": install both anew", place->object,
                 output);
        fault = text;
    }
    free(output);
    return fault;
}

const char *check_faults(const struct place *place, char *text, size_t size)
{
    return expect_box(place, NULL, faulty, text, size);
}

const char *check_repaired(const struct place *place, char *text, size_t size)
{
    return expect_box(place, "on", repaired, text, size);
}

const char *check_refused(const struct place *place, char *text, size_t size)
{
    static const char *const wanted[] = {
        "refused allowNet: resolve \"" RESPONDER_IPV6 "\": only IPv6 addresses; the guest network "
        "is IPv4; resolve \"" RESPONDER_FAILING "\": server failure (SERVFAIL) after 2 attempts",
        NULL};
    const char *fault = NULL;
    char *const output = create_box(place, "on", bad_rules, no_names, &fault);

    if (output != NULL && has_line(output, "created")) {
        fault = "the box was created";
    } else if (output != NULL) {
        fault = miss(output, wanted, text, size);
    }
    free(output);
    return fault;
}

const char *check_observe(const struct place *place, char *text, size_t size)
{
    const char *fault = NULL;
    char *const output = create_box(place, "observe", good_rules, good_names, &fault);

    if (output != NULL) {
        fault = miss(output, observed, text, size);
    }
    if (fault == NULL && find_line(output, "log allowNet: zones would be repaired") == NULL) {
        fault = "the log does not say what would have been done";
    }
    free(output);
    return fault;
}

const char *check_off(const struct place *place, char *text, size_t size)
{
    return expect_box(place, "off", faulty, text, size);
}

const char *check_ptrace(const struct place *place, char *text, size_t size)
{
    struct trial trial;

    (void)place;
    trial_ptrace(&trial);
    if (trial_permits(&trial)) {
        return NULL;
    }
    snprintf(
        text, size,
        "%s: a static boxlite-shim (0.8.0 and later) cannot be repaired here; boxlite-allownet "
        "doctor says what to allow",
        trial.killed_by != 0 ? "a seccomp filter kills any process that calls ptrace"
                             : strerror(trial.error));
    return text;
}
