/* Writes the report as JSON; docs/schema/doctor.json says what is in it. */
#include <stdio.h>
#include <string.h>

#include "resolver/resolver.h"
#include "shim/base/version.h"
#include "shim/command/doctor/names.h"
#include "shim/command/doctor/report.h"
#include "shim/command/output/json.h"

/* Raised with every change that is more than an addition; see docs/schema/doctor.json. */
#define FORMAT 3

static json_t *list(const struct words *words, bool *failed)
{
    json_t *array = json_array();

    for (size_t i = 0; i < words->count; i++) {
        output_add(array, output_text(words->list[i]), failed);
    }
    *failed = *failed || words->failed;
    return array;
}

static json_t *build(const struct facts_build *facts, bool *failed)
{
    json_t *object;

    if (!facts->found) {
        return json_null();
    }
    object = json_object();
    output_put(object, "file", output_text(facts->path), failed);
    output_put(object, "embedded", json_boolean(facts->embedded), failed);
    output_put(object, "release", output_text_or_null(facts->release), failed);
    output_put(object, "exact", json_boolean(facts->exact), failed);
    output_put(object, "revision", output_text_or_null(facts->revision), failed);
    output_put(object, "go", output_text_or_null(facts->go_version), failed);
    output_put(object, "gvisor_tap_vsock", output_text_or_null(facts->matcher), failed);
    output_put(object, "generation", output_text_or_null(facts->generation), failed);
    output_put(object, "linkage", output_text(facts_linkage_names[facts->linkage]), failed);
    output_put(object, "affected",
               facts->health == IMAGE_HEALTH_UNKNOWN
                   ? json_null()
                   : json_boolean(facts->health == IMAGE_HEALTH_AFFECTED),
               failed);
    output_put(object, "create_arguments",
               facts->create_arguments > 0 ? json_integer(facts->create_arguments) : json_null(),
               failed);
    output_put(object, "symbols",
               facts->linkage == FACTS_LINKAGE_STATIC
                   ? output_text(facts_symbols_names[facts->symbols])
                   : json_null(),
               failed);
    output_put(object, "evidence", list(&facts->evidence, failed), failed);
    return object;
}

static json_t *overlay(const struct facts_overlay *facts, bool *failed)
{
    json_t *object;

    if (!facts->found) {
        return json_null();
    }
    object = json_object();
    output_put(object, "directory", output_text_or_null(facts->directory), failed);
    output_put(object, "release", output_text_or_null(facts->release), failed);
    output_put(object, "generation", output_text_or_null(facts->generation), failed);
    output_put(object, "damaged", json_boolean(facts->damaged), failed);
    output_put(object, "stale", json_boolean(!facts->fits), failed);
    output_put(object, "compared_with", list(&facts->known, failed), failed);
    return object;
}

static json_t *unit(const struct facts_unit *facts, bool *failed)
{
    json_t *object;

    if (facts->name[0] == '\0') {
        return json_null();
    }
    object = json_object();
    output_put(object, "name", output_text(facts->name), failed);
    output_put(object, "of_user", json_boolean(facts->of_user), failed);
    output_put(object, "file", output_text_or_null(facts->file), failed);
    output_put(object, "asked", json_boolean(facts->asked), failed);
    output_put(object, "source", output_text_or_null(facts->source), failed);
    output_put(object, "drop_ins", output_text_or_null(facts->drop_ins), failed);
    output_put(object, "filters", json_boolean(facts->filters), failed);
    output_put(object, "denies_ptrace", json_boolean(facts->denies_ptrace), failed);
    return object;
}

static json_t *process(const struct facts_process *facts, bool *failed)
{
    const struct facts_environment *environment = &facts->environment;
    json_t *object;

    if (!facts->found) {
        return json_null();
    }
    object = json_object();
    output_put(object, "pid", json_integer(facts->pid), failed);
    output_put(object, "name", output_text(facts->name), failed);
    output_put(object, "executable", output_text(facts->executable), failed);
    output_put(object, "uid", json_integer(facts->uid), failed);
    output_put(object, "role", output_text(facts_role_names[facts->role]), failed);
    output_put(object, "object", output_text_or_null(facts->object), failed);
    output_put(object, "mode",
               environment->known && facts->object[0] != '\0'
                   ? output_text(settings_mode_name(environment->mode))
                   : json_null(),
               failed);
    output_put(object, "settings_fault", output_text_or_null(environment->fault), failed);
    output_put(object, "settings_doubt", output_text_or_null(environment->doubt), failed);
    output_put(object, "runtime_dir", output_text_or_null(environment->runtime_dir), failed);
    output_put(object, "resolver_variables", list(&environment->resolver, failed), failed);
    output_put(object, "jailed", json_boolean(facts->jailed), failed);
    output_put(object, "bwrap", facts->bwrap > 0 ? json_integer(facts->bwrap) : json_null(),
               failed);
    output_put(object, "parent", facts->parent > 0 ? json_integer(facts->parent) : json_null(),
               failed);
    output_put(object, "seccomp", json_integer(facts->seccomp), failed);
    output_put(object, "no_new_privileges", json_boolean(facts->no_new_privileges), failed);
    output_put(object, "cap_sys_ptrace", json_boolean(facts->may_ptrace), failed);
    output_put(object, "tracer", facts->tracer > 0 ? json_integer(facts->tracer) : json_null(),
               failed);
    output_put(object, "coverage",
               facts->role == FACTS_ROLE_SHIM ? output_text(facts_coverage_names[facts->coverage])
                                              : json_null(),
               failed);
    output_put(object, "coverage_evidence", list(&facts->coverage_evidence, failed), failed);
    output_put(object, "unit", unit(&facts->unit, failed), failed);
    return object;
}

static json_t *finding(const struct facts *facts, const struct verdict *verdict, bool *failed)
{
    json_t *object = json_object();

    output_put(object, "target", output_text(facts->target), failed);
    output_put(object, "kind", output_text(facts_kind_names[facts->kind]), failed);
    output_put(object, "verdict", output_text(verdict_names[verdict->kind]), failed);
    output_put(object, "reason", output_text_or_null(verdict->reason), failed);
    output_put(object, "way_in", output_text(verdict->way_in), failed);
    output_put(object, "do", list(&verdict->advice, failed), failed);
    output_put(object, "afterwards", output_text(verdict->afterwards), failed);
    output_put(object, "package", output_text_or_null(facts->package), failed);
    output_put(object, "boxlite", build(&facts->build, failed), failed);
    output_put(object, "overlay", overlay(&facts->overlay, failed), failed);
    output_put(object, "process", process(&facts->process, failed), failed);
    return object;
}

static json_t *bwrap(const struct facts_host *host, bool *failed)
{
    json_t *object;

    if (host->bwrap[0] == '\0') {
        return json_null();
    }
    object = json_object();
    output_put(object, "path", output_text(host->bwrap), failed);
    output_put(object, "version", output_text_or_null(host->bwrap_version), failed);
    output_put(object, "setuid", json_boolean(host->bwrap_setuid), failed);
    return object;
}

static json_t *ptrace(const struct facts_host *host, bool *failed)
{
    json_t *object = json_object();
    const struct trial *trial = &host->trial;

    output_put(object, "permitted", json_boolean(trial_permits(trial)), failed);
    output_put(object, "error",
               trial->error != 0 ? output_text(strerror(trial->error)) : json_null(), failed);
    output_put(object, "signal",
               trial->killed_by != 0 ? json_integer(trial->killed_by) : json_null(), failed);
    output_put(object, "yama_scope",
               trial->tracing.yama >= 0 ? json_integer(trial->tracing.yama) : json_null(), failed);
    output_put(object, "seccomp", json_integer(host->seccomp), failed);
    return object;
}

static json_t *resolver(const struct facts_host *host, bool *failed)
{
    json_t *object = json_object();

    output_put(object, "resolv_conf", json_boolean(!host->no_resolv_conf), failed);
    output_put(object, "nameservers", list(&host->nameservers, failed), failed);
    output_put(object, "search", list(&host->search, failed), failed);
    output_put(object, "options", list(&host->options, failed), failed);
    output_put(object, "nsswitch_hosts", list(&host->hosts_modules, failed), failed);
    output_put(object, "hosts_entries", json_integer((json_int_t)host->hosts_entries), failed);
    output_put(object, "hosts", list(&host->hosts_names, failed), failed);
    output_put(object, "variables", list(&host->environment.resolver, failed), failed);
    output_put(object, "static_shim_dies_of", list(&host->fault4, failed), failed);
    output_put(object, "c_ares", output_text(resolver_library_version()), failed);
    return object;
}

static json_t *init(const struct facts_host *host, bool *failed)
{
    json_t *object = json_object();

    output_put(object, "name", output_text_or_null(host->init_name), failed);
    output_put(object, "reaps", output_text(facts_answer_names[host->init_reaps]), failed);
    output_put(object, "zombies", json_integer((json_int_t)host->zombies), failed);
    return object;
}

static json_t *host_object(const struct facts_host *host, bool *failed)
{
    json_t *object = json_object();

    output_put(object, "object", output_text_or_null(host->object), failed);
    output_put(object, "object_problem", output_text_or_null(host->object_problem), failed);
    output_put(object, "command", output_text_or_null(host->command), failed);
    output_put(object, "ld_preload", output_text_or_null(host->environment.preload), failed);
    output_put(object, "mode", output_text(settings_mode_name(host->environment.mode)), failed);
    output_put(object, "settings_fault", output_text_or_null(host->environment.fault), failed);
    output_put(object, "settings_doubt", output_text_or_null(host->environment.doubt), failed);
    output_put(object, "refused", list(&host->refused, failed), failed);
    output_put(object, "bwrap", bwrap(host, failed), failed);
    output_put(object, "ptrace", ptrace(host, failed), failed);
    output_put(object, "resolver", resolver(host, failed), failed);
    output_put(object, "init", init(host, failed), failed);
    return object;
}

int doctor_report_json(const struct report *report)
{
    const struct findings *findings = report->findings;
    json_t *root = json_object();
    json_t *array = json_array();
    bool failed = findings->failed;

    for (size_t i = 0; i < findings->count; i++) {
        output_add(array, finding(&findings->list[i], &report->verdicts[i], &failed), &failed);
    }
    output_put(root, "format", json_integer(FORMAT), &failed);
    output_put(root, "version", output_text(version_number()), &failed);
    output_put(root, "revision", output_text(version_revision()), &failed);
    output_put(root, "verdict", output_text(verdict_names[report->overall]), &failed);
    output_put(root, "exit", json_integer(verdict_exit(report->overall)), &failed);
    output_put(root, "findings", array, &failed);
    output_put(root, "looked_in", list(&findings->places, &failed), &failed);
    output_put(root, "not_permitted", json_integer((json_int_t)findings->denied), &failed);
    output_put(root, "host", host_object(report->host, &failed), &failed);
    return output_finish("doctor", root, failed);
}
