/* Runs the checks, one after the other, and says how each went. */
#include "shim/command/selftest/selftest.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/home.h"
#include "shim/base/names.h"
#include "shim/command/output/terminal.h"
#include "shim/command/output/usage.h"
#include "shim/command/selftest/ask.h"
#include "shim/command/selftest/checks.h"
#include "shim/command/selftest/responder.h"

static const struct check {
    check_fn *run;
    const char *what;
} checks[] = {
    {check_loaded, "the preload is loaded, and is of this command's build"},
    {check_faults, "without it: sinkholed hosts, a wildcard without address"},
    {check_repaired, "with it: retry, order of the zones, wildcard, single label, own lookups"},
    {check_refused, "a box is refused by the names of the hosts that fail"},
    {check_observe, "observe changes nothing, and says what it would have done"},
    {check_off, "off changes nothing"},
    {check_ptrace, "ptrace is allowed here, as a static boxlite-shim needs it"},
};

static bool run_checks(const struct place *place)
{
    struct terminal out;
    bool good = true;

    terminal_open(stdout, &out);
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        char text[2 * PATH_MAX];
        const char *const fault = checks[i].run(place, text, sizeof(text));

        terminal_mark(&out, fault == NULL);
        terminal_wrap(&out, TERMINAL_PLAIN, TERMINAL_MARKED, TERMINAL_MARKED, "%s", checks[i].what);
        if (fault != NULL) {
            printf("%*s", (int)TERMINAL_MARKED, "");
            terminal_wrap(&out, TERMINAL_PLAIN, TERMINAL_MARKED, TERMINAL_MARKED, "%s", fault);
        }
        fflush(stdout);
        good = good && fault == NULL;
    }
    return good;
}

/* What keeps the self-test itself from working. */
static int complain(const char *text)
{
    usage_complain("selftest", "%s", text);
    return EXIT_FAILED;
}

int selftest_main(int argc, char **argv)
{
    char object[2 * PATH_MAX];
    char bridge[2 * PATH_MAX];
    struct place place = {.object = object, .bridge = bridge};
    struct responder responder;
    struct in_addr address;
    const char *fault;
    bool good;
    int error;

    if (argc > 1) {
        usage_error("selftest", "unexpected argument \"%s\"", argv[1]);
        return EXIT_FAILED;
    }
    fault = home_find(NAMES_OBJECT, object, sizeof(object));
    if (fault == NULL) {
        fault = home_find(NAMES_SELFTEST_BRIDGE, bridge, sizeof(bridge));
    }
    if (fault != NULL) {
        return complain(fault);
    }
    error = responder_start(&responder);
    if (error != 0) {
        return complain(strerror(error));
    }
    place.port = responder.port;
    if (!ask_address(responder.port, RESPONDER_SHORT, &address)) {
        responder_stop(&responder);
        return complain("nothing comes back over loopback: bring the interface lo up, or let UDP "
                        "through on it");
    }
    good = run_checks(&place);
    responder_stop(&responder);
    return good ? EXIT_GOOD : EXIT_BAD;
}
