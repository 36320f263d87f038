/* Reaches the verdict: each kind of finding has its judgement here. */
#include "shim/command/doctor/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shim/boxlite/release.h"
#include "shim/command/doctor/advice.h"

__attribute__((format(printf, 3, 4))) static void
conclude(struct verdict *out, enum verdict_kind kind, const char *format, ...)
{
    va_list arguments;

    out->kind = kind;
    va_start(arguments, format);
    vsnprintf(out->reason, sizeof(out->reason), format, arguments);
    va_end(arguments);
}

static bool starts_static(const struct facts_build *build)
{
    return build->linkage == FACTS_LINKAGE_STATIC;
}

/* The shim itself keeps attach out. False if it does not. */
static bool shim_bars(const struct facts *facts, struct verdict *out)
{
    const struct facts_process *process = &facts->process;

    switch (facts->build.symbols) {
    case SYMBOLS_OK:
        return false;
    case SYMBOLS_NO_LOOKUPS:
        if (process->role != FACTS_ROLE_SHIM || process->jailed) {
            return false;
        }
        conclude(out, VERDICT_IMPOSSIBLE,
                 "it asks for its hosts in a way that is not known here, "
                 "and is not jailed");
        break;
    case SYMBOLS_STRIPPED:
        conclude(out, VERDICT_IMPOSSIBLE, "it has no symbol table");
        break;
    case SYMBOLS_FOREIGN:
        conclude(out, VERDICT_IMPOSSIBLE, "it is for another processor");
        break;
    case SYMBOLS_UNREADABLE:
    case SYMBOLS_DYNAMIC:
    case SYMBOLS_NO_BRIDGE:
        conclude(out, VERDICT_IMPOSSIBLE, "it lacks functions that the repair needs");
        break;
    }
    advice_use_own_build(out);
    return true;
}

/* Whatever keeps the repair out for as long as the deployment is as it is. */
static bool is_barred(const struct facts *facts, const struct facts_host *host, struct verdict *out)
{
    char reason[400];

    if (!starts_static(&facts->build)) {
        return false;
    }
    if (shim_bars(facts, out)) {
        return true;
    }
    if (!verdict_ptrace_barred(host, &facts->process, reason, sizeof(reason), &out->advice)) {
        return false;
    }
    conclude(out, VERDICT_IMPOSSIBLE, "%s", reason);
    advice_upgrade(out);
    return true;
}

/* With our object in it: what does the environment tell it to do? */
static void judge_mode(const struct facts_environment *environment, const char *covered,
                       struct verdict *out)
{
    if (environment->fault[0] != '\0') {
        conclude(out, VERDICT_NOT_COVERED, "creates are refused: %.400s", environment->fault);
        facts_say(&out->advice, "Correct that setting, and start the process again.");
    } else if (environment->known && environment->mode == SETTINGS_OBSERVE) {
        conclude(out, VERDICT_NOT_COVERED, "loaded, but BOXLITE_ALLOWNET=observe");
        facts_say(&out->advice, "Where the process that uses boxlite is started, and then start it "
                                "again:\nunset BOXLITE_ALLOWNET");
    } else if (environment->known && environment->mode == SETTINGS_OFF) {
        conclude(out, VERDICT_NOT_COVERED, "loaded, but BOXLITE_ALLOWNET=off");
        facts_say(&out->advice, "Where the process that uses boxlite is started, and then start it "
                                "again:\nunset BOXLITE_ALLOWNET");
    } else {
        conclude(out, VERDICT_COVERED, "%s", covered);
    }
}

static void judge_overlay(const struct facts *facts, const struct facts_host *host,
                          struct verdict *out)
{
    const struct facts_overlay *overlay = &facts->overlay;

    out->way_in = "overlay";
    if (overlay->damaged) {
        conclude(out, VERDICT_NOT_COVERED,
                 "the overlay is damaged, or not where it was made; it refuses every box");
        advice_renew_overlay(overlay, host, out);
    } else if (overlay->distrust[0] != '\0') {
        conclude(out, VERDICT_NOT_COVERED, "the overlay refuses every box: %s", overlay->distrust);
        facts_say(&out->advice,
                  "Make it where only you and root can change it, or what is above it:\n"
                  "%s overlay DIRECTORY",
                  host->command);
        advice_drop_overlay("", out);
    } else if (!overlay->fits) {
        if (facts->kind == FACTS_KIND_OVERLAY) {
            conclude(out, VERDICT_NOT_COVERED, "stale overlay: no boxlite of that release is here");
        } else {
            conclude(out, VERDICT_NOT_COVERED, "stale overlay: it was made for boxlite %s",
                     overlay->release);
        }
        advice_renew_overlay(overlay, host, out);
    } else {
        conclude(out, VERDICT_COVERED, "by the overlay %.400s", overlay->directory);
    }
}

/* A file, or an SDK that was not started: what would become of it in this environment? */
static void judge_at_rest(const struct facts *facts, const struct facts_host *host,
                          struct verdict *out)
{
    const struct facts_environment *environment = &host->environment;

    if (facts->overlay.found) {
        judge_overlay(facts, host, out);
    } else if (environment->preload[0] != '\0' && environment->preload_missing) {
        conclude(out, VERDICT_NOT_COVERED, "LD_PRELOAD names %.400s, which is not there",
                 environment->preload);
        advice_start(facts, host, out);
    } else if (environment->preload[0] != '\0') {
        judge_mode(environment, "in this environment, by LD_PRELOAD", out);
    } else {
        conclude(out, VERDICT_NOT_COVERED, "%s", "");
        advice_start(facts, host, out);
    }
}

static void judge_sdk(const struct facts *facts, const struct facts_host *host, struct verdict *out)
{
    const struct facts_process *process = &facts->process;

    if (process->object[0] != '\0') {
        judge_mode(&process->environment, "our object is loaded", out);
    } else if (facts->overlay.found && starts_static(&facts->build)) {
        judge_overlay(facts, host, out);
    } else if (process->environment.preload[0] != '\0') {
        conclude(out, VERDICT_NOT_COVERED,
                 process->environment.preload_missing
                     ? "LD_PRELOAD names %.300s, which is not there"
                     : "LD_PRELOAD names %.300s, which the loader did not take: a static or setuid "
                       "program, or one of another kind",
                 process->environment.preload);
        advice_start(facts, host, out);
    } else {
        conclude(out, VERDICT_NOT_COVERED, "our object is not loaded");
        advice_start(facts, host, out);
    }
}

static void judge_shim(const struct facts *facts, const struct facts_host *host,
                       struct verdict *out)
{
    switch (facts->process.coverage) {
    case FACTS_COVERAGE_STARTING:
        conclude(out, VERDICT_COVERED, "this box is being started with the repair");
        return;
    case FACTS_COVERAGE_REPAIRED:
        conclude(out, VERDICT_COVERED, "this box was repaired");
        return;
    case FACTS_COVERAGE_LAUNCHED:
        conclude(out, VERDICT_COVERED, "as it was started by us; its create was not seen");
        return;
    case FACTS_COVERAGE_NO_RULES:
        conclude(out, VERDICT_NOT_AFFECTED, "this box has no host on an allowlist");
        return;
    case FACTS_COVERAGE_OBSERVED:
        conclude(out, VERDICT_NOT_COVERED, "this box was only observed");
        break;
    case FACTS_COVERAGE_UNREPAIRED:
        conclude(out, VERDICT_NOT_COVERED, "this box was not repaired");
        break;
    case FACTS_COVERAGE_UNKNOWN:
        conclude(out, VERDICT_UNCLEAR, "nothing shows how this box was made");
        break;
    }
    advice_start(facts, host, out);
    out->afterwards = "Then make the box anew: its addresses were fixed when it was created.";
}

static const char *way_in(const struct facts *facts)
{
    const struct facts_build *build = &facts->build;

    if (!build->found || build->health == IMAGE_HEALTH_UNAFFECTED) {
        return "none";
    }
    if (!starts_static(build)) {
        return build->linkage == FACTS_LINKAGE_SHARED ? "preload" : "none";
    }
    if (facts->kind == FACTS_KIND_SDK || facts->process.role == FACTS_ROLE_SDK) {
        return "carry";
    }
    return "attach";
}

static void judge_unaffected(const struct facts *facts, const struct facts_host *host,
                             struct verdict *out)
{
    const struct facts_overlay *overlay = &facts->overlay;

    if (overlay->found && facts->kind != FACTS_KIND_OVERLAY) {
        conclude(out, VERDICT_NOT_COVERED,
                 "but BOXLITE_RUNTIME_DIR is an overlay, made for boxlite %s", overlay->release);
        advice_drop_overlay(", since this release needs no repair", out);
        return;
    }
    conclude(out, VERDICT_NOT_AFFECTED, "%s", "");
    if (facts->process.object[0] != '\0' || host->environment.preload[0] != '\0') {
        facts_say(&out->advice, "Nothing: the repair does nothing here and can be removed.");
    }
}

static void judge_unknown(struct verdict *out)
{
    conclude(out, VERDICT_UNCLEAR,
             "nothing in it tells whether it needs the repair, which refuses its boxes for that");
    advice_use_own_build(out);
    facts_say(&out->advice,
              "If it is a release after " RELEASE_NEWEST ", remove the repair: it needs none.");
}

static void judge_affected(const struct facts *facts, const struct facts_host *host,
                           struct verdict *out)
{
    const struct facts_process *process = &facts->process;

    if (facts->build.linkage == FACTS_LINKAGE_DYNAMIC) {
        conclude(out, VERDICT_IMPOSSIBLE, "a dynamic executable with the bridge inside");
        advice_use_own_build(out);
        return;
    }
    if (process->role == FACTS_ROLE_SHIM && starts_static(&facts->build)) {
        judge_shim(facts, host, out);
        if (out->kind <= VERDICT_COVERED) {
            return;
        }
    }
    if (is_barred(facts, host, out)) {
        out->way_in = "none";
        return;
    }
    if (process->role == FACTS_ROLE_SHIM && starts_static(&facts->build)) {
        return;
    }
    if (process->found) {
        judge_sdk(facts, host, out);
    } else {
        judge_at_rest(facts, host, out);
    }
}

void verdict_reach(const struct facts *facts, const struct facts_host *host, struct verdict *out)
{
    const struct facts_build *build = &facts->build;

    memset(out, 0, sizeof(*out));
    out->way_in = way_in(facts);
    if (build->found) {
        snprintf(out->release, sizeof(out->release), "%s%s",
                 build->release[0] != '\0' ? "boxlite " : "a bridge of no known release",
                 build->release);
    }
    if (facts->process.role == FACTS_ROLE_START) {
        judge_mode(&facts->process.environment, "a box is being started with the repair", out);
    } else if (facts->left_over) {
        conclude(out, VERDICT_UNUSED,
                 "an SDK that is not seen any more has left it here; boxlite will remove it");
    } else if (facts->overlay.found && facts->overlay.damaged) {
        judge_overlay(facts, host, out);
    } else if (!build->found && build->imports) {
        conclude(out, VERDICT_UNCLEAR, "it loads a libgvproxy.so, which is not beside it");
        facts_say(&out->advice, "Name that libgvproxy.so:\nboxlite-allownet doctor PATH");
    } else if (facts->kind == FACTS_KIND_DIRECTORY) {
        conclude(out, VERDICT_NOTHING, "no boxlite was found in it, or below it");
        advice_look_further(facts, out);
    } else if (!build->found) {
        conclude(out, VERDICT_NOTHING, "there is no bridge of boxlite in it%s",
                 facts->process.found ? " now" : "");
        advice_look_further(facts, out);
    } else if (build->health == IMAGE_HEALTH_UNAFFECTED) {
        judge_unaffected(facts, host, out);
    } else if (build->health == IMAGE_HEALTH_UNKNOWN) {
        judge_unknown(out);
    } else {
        judge_affected(facts, host, out);
    }
}

void verdict_clear(struct verdict *verdict)
{
    words_clear(&verdict->advice);
}
