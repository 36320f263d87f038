/* Writes the report as text: verdicts first, then the evidence. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/command/doctor/advice.h"
#include "shim/command/doctor/environment.h"
#include "shim/command/doctor/names.h"
#include "shim/command/doctor/report.h"
#include "shim/command/doctor/report_host.h"
#include "shim/command/doctor/report_row.h"

static enum terminal_style style_of(enum verdict_kind kind)
{
    if (kind == VERDICT_NOTHING) {
        return TERMINAL_WARN;
    }
    return kind <= VERDICT_COVERED ? TERMINAL_GOOD : TERMINAL_BAD;
}

/* The line of the verdict, of which the first words are in colour. */
static void print_verdict(const struct terminal *out, unsigned indent,
                          const struct verdict *verdict)
{
    const char *title = verdict_titles[verdict->kind];
    const bool has_release = verdict->release[0] != '\0';
    const bool has_reason = verdict->reason[0] != '\0';

    fprintf(out->stream, "%*s", (int)indent, "");
    terminal_print(out, style_of(verdict->kind), "%s", title);
    terminal_wrap(out, TERMINAL_PLAIN, indent + (unsigned)strlen(title), indent + 2, "%s%s%s%s",
                  has_release || has_reason ? ": " : "", verdict->release,
                  has_release && has_reason ? ", " : "", verdict->reason);
}

/* A command is never broken: it is to be pasted. */
static void print_commands(const struct terminal *out, const char *commands)
{
    struct terminal unbroken = *out;

    unbroken.width = UINT_MAX;
    while (commands != NULL && *commands != '\0') {
        const size_t length = strcspn(commands, "\n");

        fputs("       ", out->stream);
        terminal_wrap(&unbroken, TERMINAL_PLAIN, 0, 0, "%.*s", (int)length, commands);
        commands += length + (commands[length] != '\0');
    }
}

/* Numbered where there is a choice. */
static void print_advice(const struct terminal *out, const struct words *advice,
                         const char *afterwards)
{
    if (advice->count == 0) {
        return;
    }
    terminal_heading(out, advice->count > 1 ? "Do one of these" : "Do this");
    for (size_t i = 0; i < advice->count; i++) {
        const char *line = advice->list[i];
        const size_t length = strcspn(line, "\n");

        if (advice->count > 1) {
            fprintf(out->stream, "  %zu. ", i + 1);
        } else {
            fputs("  ", out->stream);
        }
        terminal_wrap(out, TERMINAL_PLAIN, advice->count > 1 ? 5 : 2, advice->count > 1 ? 5 : 2,
                      "%.*s", (int)length, line);
        print_commands(out, line[length] != '\0' ? line + length + 1 : NULL);
    }
    if (afterwards != NULL) {
        fputs("  ", out->stream);
        terminal_wrap(out, TERMINAL_PLAIN, 2, 2, "%s", afterwards);
    }
}

static const char *health_text(enum image_health health)
{
    switch (health) {
    case IMAGE_HEALTH_AFFECTED:
        return "yes, it has the code that sinkholes";
    case IMAGE_HEALTH_UNAFFECTED:
        return "no, it is known not to sinkhole";
    case IMAGE_HEALTH_UNKNOWN:
        break;
    }
    return "unknown: nothing in it tells";
}

static void print_build(const struct terminal *out, const struct facts *facts,
                        const struct verdict *verdict)
{
    const struct facts_build *build = &facts->build;

    if (!build->found) {
        return;
    }
    doctor_row(out, "boxlite", "%s%s",
               build->release[0] != '\0' ? build->release : "no known release",
               build->exact || build->release[0] == '\0' ? "" : " (not one release for sure)");
    doctor_row_list(out, "", &build->evidence);
    if (facts->package[0] != '\0') {
        doctor_row(out, "", "its package: %s", facts->package);
    }
    if (strcmp(build->path, facts->target) != 0 &&
        strcmp(build->path, facts->process.executable) != 0) {
        doctor_row(out, "bridge", "%s", build->path);
    }
    doctor_row(out, "linkage", "%s%s",
               build->linkage == FACTS_LINKAGE_STATIC    ? "inside a static boxlite-shim"
               : build->linkage == FACTS_LINKAGE_DYNAMIC ? "inside a dynamic executable"
                                                         : "a shared library",
               build->embedded ? ", which this file carries" : "");
    doctor_row(out, "affected", "%s", health_text(build->health));
    if (build->create_arguments > 0) {
        doctor_row(out, "create", "takes %s",
                   build->create_arguments == 1 ? "one argument: a refusal is "
                                                  "told in the log alone"
                                                : "two arguments");
    }
    if (build->linkage == FACTS_LINKAGE_STATIC && build->health != IMAGE_HEALTH_UNAFFECTED) {
        doctor_row(out, "symbols", "%s", facts_symbols_names[build->symbols]);
    }
    doctor_row(out, "way in", "%s", verdict->way_in);
}

static void print_overlay(const struct terminal *out, const struct facts_overlay *overlay)
{
    if (!overlay->found) {
        return;
    }
    doctor_row(out, "overlay", "%s, made for boxlite %s%s", overlay->directory, overlay->release,
               overlay->damaged ? "; damaged or moved"
               : overlay->fits  ? ""
                                : "; stale");
    doctor_row_list(out, "", &overlay->known);
}

static void print_unit(const struct terminal *out, const struct facts_unit *unit)
{
    if (unit->name[0] == '\0') {
        return;
    }
    if (!unit->asked) {
        doctor_row(out, "unit", "%s; systemd could not be asked about it here%s", unit->name,
                   unit->of_user ? ": ask as its user" : "");
        return;
    }
    doctor_row(out, "unit", "%s, %s", unit->name, unit->file);
    if (unit->source[0] != '\0') {
        doctor_row(out, "", "made of %s", unit->source);
    }
    if (unit->drop_ins[0] != '\0') {
        doctor_row(out, "", "with %s", unit->drop_ins);
    }
    if (unit->filters) {
        doctor_row(out, "", "its SystemCallFilter %s%s",
                   unit->denies_ptrace ? "denies " : "lets ptrace through", unit->denied);
    }
}

static void print_environment(const struct terminal *out, const struct facts_process *process)
{
    const struct facts_environment *environment = &process->environment;

    if (process->object[0] != '\0') {
        doctor_row(out, "object", "%s, %s", process->object, environment_mode(environment));
    } else {
        doctor_row(out, "object", "ours is not in this process");
    }
    if (environment->fault[0] != '\0') {
        doctor_row(out, "settings", "%s", environment->fault);
    }
    if (environment->doubt[0] != '\0') {
        doctor_row(out, "settings", "%s", environment->doubt);
    }
    if (environment->static_shims == SETTINGS_STATIC_WARN) {
        doctor_row(out, "settings",
                   "BOXLITE_ALLOWNET_STATIC=warn: shims that cannot be reached start "
                   "unrepaired");
    }
    if (environment->runtime_dir[0] != '\0') {
        doctor_row(out, "runtime dir", "%s", environment->runtime_dir);
    }
    doctor_row_list(out, "variables", &environment->resolver);
}

static const char *describe(enum facts_coverage coverage)
{
    switch (coverage) {
    case FACTS_COVERAGE_UNKNOWN:
        return "whether it was repaired cannot be told";
    case FACTS_COVERAGE_STARTING:
        return "is being started; our helper has it";
    case FACTS_COVERAGE_REPAIRED:
        return "was repaired";
    case FACTS_COVERAGE_LAUNCHED:
        return "was started by us; whether its create was repaired is not seen";
    case FACTS_COVERAGE_OBSERVED:
        return "was only observed";
    case FACTS_COVERAGE_UNREPAIRED:
        return "was not repaired";
    case FACTS_COVERAGE_NO_RULES:
        return "has no host on an allowlist";
    }
    return "";
}

static void print_process(const struct terminal *out, const struct facts_process *process)
{
    if (!process->found) {
        return;
    }
    doctor_row(out, "process", "%d, %s, user %u", (int)process->pid, process->executable,
               (unsigned)process->uid);
    if (process->role == FACTS_ROLE_SHIM) {
        if (process->jailed) {
            doctor_row(out, "jailer", "bwrap, process %d, started by process %d (%s)",
                       (int)process->bwrap, (int)process->parent, process->parent_name);
        } else {
            doctor_row(out, "jailer", "none; started by process %d (%s)", (int)process->parent,
                       process->parent_name);
        }
        doctor_row(out, "this box", "%s", describe(process->coverage));
        doctor_row_list(out, "", &process->coverage_evidence);
    } else {
        print_environment(out, process);
    }
    if (process->seccomp > 0) {
        doctor_row(out, "seccomp",
                   "a filter is in force; whether it lets ptrace through cannot be told");
    }
    if (process->no_new_privileges || process->may_ptrace) {
        doctor_row(out, "rights", "%s%s%s", process->may_ptrace ? "CAP_SYS_PTRACE" : "",
                   process->may_ptrace && process->no_new_privileges ? ", " : "",
                   process->no_new_privileges ? "no new privileges" : "");
    }
    if (process->tracer > 0) {
        doctor_row(out, "traced by", "process %d: attach cannot trace what is traced already",
                   (int)process->tracer);
    }
    print_unit(out, &process->unit);
}

static void print_one(const struct terminal *out, const struct report *report)
{
    const struct facts *facts = &report->findings->list[0];
    const struct verdict *verdict = &report->verdicts[0];

    print_verdict(out, 0, verdict);
    print_advice(out, &verdict->advice, verdict->afterwards);
    terminal_heading(out, "Evidence");
    if (!facts->process.found) {
        doctor_row(out, facts_kind_names[facts->kind], "%s", facts->target);
    }
    print_process(out, &facts->process);
    print_build(out, facts, verdict);
    print_overlay(out, &facts->overlay);
}

static void print_places(const struct terminal *out, const struct findings *findings)
{
    if (findings->count == 0) {
        doctor_row(out, "looked in",
                   "BOXLITE_RUNTIME_DIR, what boxlite unpacks in this user's home, "
                   "LD_LIBRARY_PATH, this directory, NODE_PATH, the packages of python3, /opt, "
                   "running processes");
    }
    if (findings->cut) {
        doctor_row(out, "not seen", "directories below a very large one: name one of them");
    }
    if (findings->denied > 0) {
        doctor_row(out, "not seen", "processes and directories that may not be looked at: %zu%s",
                   findings->denied, geteuid() != 0 ? "; run it as root to see them" : "");
    }
}

/* The advice of all, each line once. */
static void print_all_advice(const struct terminal *out, const struct report *report)
{
    struct words lines = {0};
    const char *afterwards = NULL;

    for (size_t i = 0; i < report->findings->count; i++) {
        const struct verdict *verdict = &report->verdicts[i];
        const struct words *advice = &verdict->advice;

        if (verdict->kind > VERDICT_COVERED && verdict->afterwards != NULL) {
            afterwards = verdict->afterwards;
        }
        for (size_t j = 0; j < advice->count && verdict->kind > VERDICT_COVERED; j++) {
            size_t known = 0;

            while (known < lines.count && strcmp(lines.list[known], advice->list[j]) != 0) {
                known++;
            }
            if (known == lines.count) {
                words_add(&lines, advice->list[j]);
            }
        }
    }
    if (report->overall == VERDICT_NOTHING) {
        struct verdict further = {.kind = VERDICT_NOTHING};

        advice_look_further(NULL, &further);
        if (report->findings->denied > 0 && geteuid() != 0) {
            advice_look_as_root(&further);
        }
        print_advice(out, &further.advice, NULL);
        verdict_clear(&further);
    } else {
        print_advice(out, &lines, afterwards);
    }
    free(lines.list);
}

static void print_many(const struct terminal *out, const struct report *report)
{
    const struct findings *findings = report->findings;

    terminal_print(out, style_of(report->overall), "%s", verdict_titles[report->overall]);
    if (findings->count == 0) {
        terminal_wrap(out, TERMINAL_PLAIN, (unsigned)strlen(verdict_titles[report->overall]), 2,
                      ": no boxlite was seen where it was looked for");
    } else if (findings->incomplete) {
        fputs(": not all of it could be looked at\n", out->stream);
    } else {
        fprintf(out->stream, ": the worst of %zu findings\n", findings->count);
    }
    for (size_t i = 0; i < findings->count; i++) {
        fputc('\n', out->stream);
        fputs("  ", out->stream);
        terminal_wrap(out, TERMINAL_STRONG, 2, 4, "%s", findings->list[i].target);
        print_verdict(out, 4, &report->verdicts[i]);
    }
    print_all_advice(out, report);
    terminal_heading(out, "Evidence");
    if (findings->count > 0) {
        doctor_row(out, "more", "boxlite-allownet doctor PATH, or PID, of one of them");
    }
}

void doctor_report_text(const struct report *report)
{
    struct terminal out;

    terminal_open(stdout, &out);
    if (report->findings->count == 1 && !report->findings->incomplete) {
        print_one(&out, report);
    } else {
        print_many(&out, report);
    }
    print_places(&out, report->findings);
    if (report->overall != VERDICT_NOTHING || report->findings->count == 0) {
        doctor_report_host(&out, report->host);
    }
}
