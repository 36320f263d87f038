/* Writes what is known of the machine as text. */
#include "shim/command/doctor/report_host.h"

#include <stdio.h>
#include <string.h>

#include "resolver/resolver.h"
#include "shim/command/doctor/environment.h"
#include "shim/command/doctor/report_row.h"
#include "shim/command/doctor/verdict.h"
#include "zones/text.h"

static void joined_row(const struct terminal *out, const char *label, const char *what,
                       const struct words *words)
{
    struct text text = {0};

    for (size_t i = 0; i < words->count; i++) {
        text_format(&text, "%s%s", i > 0 ? " " : "", words->list[i]);
    }
    if (words->count > 0 && !text.failed) {
        doctor_row(out, label, "%s %s", what, text.bytes);
    }
    text_clear(&text);
}

static void print_bwrap(const struct terminal *out, const struct facts_host *host)
{
    if (host->bwrap[0] == '\0') {
        doctor_row(out, "bwrap", "none on the PATH; boxlite then uses its own, if it has one");
    } else {
        doctor_row(out, "bwrap", "%s, version %s%s", host->bwrap,
                   host->bwrap_version[0] != '\0' ? host->bwrap_version : "unknown: it did not say",
                   host->bwrap_setuid ? ", setuid" : "");
    }
}

static void print_ptrace(const struct terminal *out, const struct facts_host *host)
{
    char yama[64] = "no Yama";
    char reason[400];
    struct words remedy = {0};

    if (host->trial.tracing.yama >= 0) {
        snprintf(yama, sizeof(yama), "kernel.yama.ptrace_scope is %d", host->trial.tracing.yama);
    }
    if (verdict_ptrace_barred(host, NULL, reason, sizeof(reason), &remedy)) {
        doctor_row(out, "ptrace", "not permitted, as tried here: %s", reason);
    } else {
        doctor_row(out, "ptrace", "permitted, as tried here; %s%s", yama,
                   host->seccomp > 0 ? "; a seccomp filter that lets it through" : "");
    }
    words_clear(&remedy);
}

static void print_resolver(const struct terminal *out, const struct facts_host *host)
{
    if (host->no_resolv_conf) {
        doctor_row(out, "resolver", "there is no /etc/resolv.conf that can be read");
    } else if (host->nameservers.count == 0) {
        doctor_row(out, "resolver", "resolv.conf names no nameserver");
    }
    joined_row(out, host->no_resolv_conf ? "" : "resolver", "nameserver", &host->nameservers);
    joined_row(out, "", "search", &host->search);
    joined_row(out, "", "options", &host->options);
    joined_row(out, "", "nsswitch.conf: hosts:", &host->hosts_modules);
    if (host->hosts_entries > 0) {
        doctor_row(out, "", "/etc/hosts names other hosts, %zu in all:", host->hosts_entries);
        doctor_row_list(out, "", &host->hosts_names);
    }
    doctor_row_list(out, "", &host->environment.resolver);
    doctor_row(out, "", "our own lookups: c-ares %s, built in", resolver_library_version());
    doctor_row_list(out, "shim crash", &host->fault4);
    if (host->fault4.count > 0) {
        doctor_row(
            out, "",
            "an affected static shim dies of this (SIGSEGV) when it looks a host up; with the "
            "repair it looks none up");
    }
}

static void print_init(const struct terminal *out, const struct facts_host *host)
{
    switch (host->init_reaps) {
    case FACTS_YES:
        break;
    case FACTS_NO:
        doctor_row(out, "pid 1",
                   "%s seems not to reap orphans (zombies now: %zu): put tini or the like in its "
                   "place (docker run --init)",
                   host->init_name, host->zombies);
        break;
    case FACTS_UNKNOWN:
        doctor_row(out, "pid 1", "%s: whether it reaps orphans is unknown",
                   host->init_name[0] != '\0' ? host->init_name : "not seen");
        break;
    }
}

void doctor_report_host(const struct terminal *out, const struct facts_host *host)
{
    if (host->refused.count > 0) {
        terminal_heading(out, "Boxes that were refused, the last ones");
        doctor_row_list(out, "box", &host->refused);
    }
    terminal_heading(out, "This machine");
    print_bwrap(out, host);
    print_ptrace(out, host);
    print_resolver(out, host);
    print_init(out, host);
    if (host->environment.preload[0] != '\0' && host->environment.preload_missing) {
        doctor_row(out, "here", "LD_PRELOAD names %s, which is not there",
                   host->environment.preload);
    } else if (host->environment.preload[0] != '\0') {
        doctor_row(out, "here", "LD_PRELOAD has our object, %s",
                   environment_mode(&host->environment));
    }
    if (host->environment.fault[0] != '\0') {
        doctor_row(out, "here", "%s", host->environment.fault);
    }
    if (host->environment.doubt[0] != '\0') {
        doctor_row(out, "here", "%s", host->environment.doubt);
    }
}
