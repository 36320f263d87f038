/* The command: its options, what is looked at, and the exit status. */
#include "shim/command/doctor/doctor.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/variables.h"
#include "shim/command/doctor/archive.h"
#include "shim/command/doctor/build.h"
#include "shim/command/doctor/discover.h"
#include "shim/command/doctor/environment.h"
#include "shim/command/doctor/files.h"
#include "shim/command/doctor/host.h"
#include "shim/command/doctor/package.h"
#include "shim/command/doctor/process.h"
#include "shim/command/doctor/report.h"
#include "shim/command/output/usage.h"

#define EXIT_UNTOLD 3

struct request {
    bool json;
    const char *target; /* NULL: find out */
    pid_t pid;          /* the target, if it is one; else 0 */
};

/* A number is a process, unless there is only a file of that name. */
static pid_t as_pid(const char *word)
{
    char *end;
    const long number = strtol(word, &end, 10);
    char path[64];

    if (!isdigit((unsigned char)word[0]) || *end != '\0' || number <= 0 || number > INT_MAX) {
        return 0;
    }
    snprintf(path, sizeof(path), "/proc/%ld", number);
    return access(path, F_OK) != 0 && access(word, F_OK) == 0 ? 0 : (pid_t)number;
}

/* 0, or what to return. */
static int read_request(int argc, char **argv, struct request *out)
{
    const struct usage_option options[] = {{"json", .flag = &out->json}, {0}};
    int status;

    *out = (struct request){.json = false};
    status = usage_options("doctor", options, false, argc, argv);
    if (status != 0) {
        return status == USAGE_HELP ? status : EXIT_UNTOLD;
    }
    if (argc - optind > 1) {
        usage_error("doctor", "one path or process at a time, not \"%s\" as well",
                    argv[optind + 1]);
        return EXIT_UNTOLD;
    }
    if (optind < argc) {
        out->target = argv[optind];
        out->pid = as_pid(out->target);
    }
    return 0;
}

/* ---- gathering ---- */

/* The bridge that a process has in it, or would start. */
static void read_build_of(struct facts *facts)
{
    struct facts_process *process = &facts->process;
    char path[64];

    if (process->library[0] != '\0') {
        build_read(process->library, process->library_shown, &facts->build);
        package_read(process->library_shown, facts->package, sizeof(facts->package));
        if (!facts->build.found) {
            files_read_runtime(process->library_shown, &facts->build);
        }
        return;
    }
    snprintf(path, sizeof(path), "/proc/%d/exe", (int)process->pid);
    build_read(path, process->executable, &facts->build);
    if (process->role == FACTS_ROLE_OTHER && facts->build.found) {
        process->role = FACTS_ROLE_SDK;
    }
}

static void complete_process(struct facts *facts)
{
    struct facts_process *process = &facts->process;

    if (!process->found) {
        return;
    }
    snprintf(facts->target, sizeof(facts->target), "%d %.63s%s", (int)process->pid,
             basename(process->executable),
             process->role == FACTS_ROLE_SHIM && process->jailed ? " (jailed)" : "");
    read_build_of(facts);
    if (process->role == FACTS_ROLE_SDK) {
        files_read_runtime_dir(process->environment.runtime_dir, true, facts);
    }
}

/* What an SDK at rest would be covered by: this environment's overlay. */
static void complete_sdk(struct facts *facts, const struct facts_environment *environment)
{
    if (facts->kind == FACTS_KIND_SDK && facts->build.linkage == FACTS_LINKAGE_STATIC) {
        files_read_runtime_dir(environment->runtime_dir, false, facts);
    }
}

/* An overlay is stale if boxlite is here, but none of its release. */
static void compare_overlay(struct facts *overlay, const struct findings *others)
{
    bool compared = false;
    bool fits = false;

    for (size_t i = 0; i < others->count; i++) {
        const struct facts *other = &others->list[i];

        if (other->kind == FACTS_KIND_OVERLAY || !other->build.found ||
            other->build.release[0] == '\0') {
            continue;
        }
        compared = true;
        fits = fits || files_overlay_fits(&overlay->overlay, &other->build);
        facts_say(&overlay->overlay.known, "boxlite %s is in %s", other->build.release,
                  other->target);
    }
    overlay->overlay.fits = !compared || fits;
}

/* A shell, npm or supervisor is named for what it has started. */
static void drop_wrapper(struct findings *findings)
{
    const struct facts *first = findings->list;

    if (findings->count > 1 && first->process.found && first->process.role == FACTS_ROLE_OTHER &&
        !first->build.found) {
        findings_drop_first(findings);
    }
}

static bool is_of_release(const struct facts *facts, const char *release)
{
    return facts->build.found && strcmp(facts->build.release, release) == 0;
}

/* What an SDK has unpacked stays when the SDK is gone (boxlite's runtime/embedded.rs removes it
   later): it says nothing where an SDK is seen, and a shim of that release is neither run by one
   nor carried by one. */
static void note_left_over(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct facts *unpacked = &findings->list[i];
        bool sdk = false;
        bool used = false;

        for (size_t j = 0; j < findings->count && unpacked->unpacked; j++) {
            const struct facts *other = &findings->list[j];

            sdk = sdk || (other->build.found && other->build.embedded);
            used = used || (!other->unpacked && is_of_release(other, unpacked->build.release));
        }
        unpacked->left_over = sdk && !used;
    }
}

static void complete(struct findings *findings, const struct facts_environment *environment)
{
    struct findings around = {0};
    bool looked = findings->count != 1;

    for (size_t i = 0; i < findings->count; i++) {
        struct facts *facts = &findings->list[i];

        complete_process(facts);
        complete_sdk(facts, environment);
    }
    drop_wrapper(findings);
    note_left_over(findings);
    for (size_t i = 0; i < findings->count; i++) {
        struct facts *facts = &findings->list[i];

        if (facts->kind != FACTS_KIND_OVERLAY || facts->overlay.damaged) {
            continue;
        }
        if (!looked) {
            discover_files(environment, &around);
        }
        looked = true;
        compare_overlay(facts, around.count > 0 ? &around : findings);
    }
    findings_clear(&around);
}

/* ---- what was asked for ---- */

static int complain_about_path(const char *path)
{
    if (errno == EACCES) {
        usage_complain(
            "doctor", "no permission to read %s: run it as root, or as the user who owns it", path);
    } else {
        usage_complain("doctor", "cannot read %s: %s", path, strerror(errno));
    }
    return -1;
}

static int gather_file(const char *path, struct findings *findings)
{
    const char *fault;

    if (!archive_is_one(path)) {
        return files_add(findings, path) == 0 ? 0 : complain_about_path(path);
    }
    fault = archive_add(findings, path);
    if (fault != NULL) {
        usage_complain("doctor", "cannot look into %s: %s; unpack it, and name the directory", path,
                       fault);
        return -1;
    }
    if (findings->count == 0) {
        findings_add(findings, FACTS_KIND_FILE, path);
    }
    return 0;
}

static int gather_path(const char *path, struct findings *findings)
{
    struct stat status;

    if (stat(path, &status) != 0) {
        return complain_about_path(path);
    }
    if (!S_ISDIR(status.st_mode)) {
        if (!S_ISREG(status.st_mode)) {
            usage_complain("doctor", "%s is neither a file nor a directory", path);
            return -1;
        }
        return gather_file(path, findings);
    }
    if (files_add_below(findings, path, true) != 0) {
        return complain_about_path(path);
    }
    findings->incomplete = findings->denied > 0 || findings->cut;
    if (findings->count == 0) {
        if (findings->denied > 0) {
            errno = EACCES;
            return complain_about_path(path);
        }
        findings_add(findings, FACTS_KIND_DIRECTORY, path);
    }
    return 0;
}

static int gather_process(pid_t pid, struct findings *findings)
{
    struct facts *facts = findings_add(findings, FACTS_KIND_PROCESS, "");

    if (facts == NULL) {
        return -1;
    }
    if (process_read(pid, &facts->process) == 0) {
        const enum facts_role role = facts->process.role;

        if (role == FACTS_ROLE_SDK || role == FACTS_ROLE_OTHER) {
            discover_processes(findings, pid, role == FACTS_ROLE_SDK);
        }
        return 0;
    }
    if (errno == ESRCH) {
        usage_complain("doctor", "there is no process %d", (int)pid);
    } else {
        usage_complain("doctor",
                       "no permission to look at process %d: run it as root, or as user %u",
                       (int)pid, (unsigned)facts->process.uid);
    }
    return -1;
}

static int gather(const struct request *request, const struct facts_environment *environment,
                  struct findings *findings)
{
    if (request->pid > 0) {
        return gather_process(request->pid, findings);
    }
    if (request->target != NULL) {
        return gather_path(request->target, findings);
    }
    discover_files(environment, findings);
    discover_processes(findings, 0, false);
    return 0;
}

static int report(const struct request *request, const struct findings *findings,
                  const struct facts_host *host)
{
    struct verdict *verdicts = calloc(findings->count + 1, sizeof(*verdicts));
    struct report all = {
        .findings = findings, .verdicts = verdicts, .host = host, .overall = VERDICT_NOTHING};
    int status = 0;

    if (verdicts == NULL || findings->failed) {
        usage_complain("doctor", "out of memory");
        free(verdicts);
        return EXIT_UNTOLD;
    }
    for (size_t i = 0; i < findings->count; i++) {
        verdict_reach(&findings->list[i], host, &verdicts[i]);
        if (i == 0 || verdicts[i].kind > all.overall) {
            all.overall = verdicts[i].kind;
        }
    }
    if (findings->incomplete && all.overall > VERDICT_NOTHING &&
        all.overall < VERDICT_NOT_COVERED) {
        all.overall = VERDICT_UNCLEAR;
    }
    if (request->json) {
        status = doctor_report_json(&all);
    } else {
        doctor_report_text(&all);
    }
    for (size_t i = 0; i < findings->count; i++) {
        verdict_clear(&verdicts[i]);
    }
    free(verdicts);
    return status == 0 ? verdict_exit(all.overall) : EXIT_UNTOLD;
}

int doctor_main(int argc, char **argv)
{
    static struct facts_environment environment;
    static struct facts_host host;
    struct findings findings = {0};
    struct request request;
    int status;

    status = read_request(argc, argv, &request);
    if (status != 0) {
        return status;
    }
    status = EXIT_UNTOLD;
    environment_read(variables_all(), &environment);
    if (gather(&request, &environment, &findings) == 0) {
        complete(&findings, &environment);
        host_read(findings.count == 1 && findings.list[0].process.environment.known
                      ? &findings.list[0].process.environment
                      : NULL,
                  &host);
        status = report(&request, &findings, &host);
    }
    words_clear(&environment.resolver);
    facts_host_clear(&host);
    findings_clear(&findings);
    return status;
}
