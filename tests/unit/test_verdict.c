/* From facts to a verdict: which of them decide, and what to do then. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shim/command/doctor/verdict.h"
#include "tests/unit/run.h"

static struct facts facts;
static struct facts_host host;
static struct verdict verdict;

/* An affected static shim at rest, on a machine where everything is permitted. */
static void set_up(void)
{
    memset(&facts, 0, sizeof(facts));
    memset(&host, 0, sizeof(host));
    facts.kind = FACTS_KIND_SHIM;
    facts.build.found = true;
    facts.build.health = IMAGE_HEALTH_AFFECTED;
    facts.build.exact = true;
    facts.build.linkage = FACTS_LINKAGE_STATIC;
    facts.build.symbols = SYMBOLS_OK;
    strcpy(facts.build.release, "0.9.7");
    strcpy(host.object, "/opt/libboxlite_allownet.so");
    strcpy(host.command, "/opt/boxlite-allownet");
    host.environment.known = true;
    host.trial.tracing.yama = -1;
}

static void tear_down(void)
{
    verdict_clear(&verdict);
}

static void set_process(enum facts_role role)
{
    facts.kind = FACTS_KIND_PROCESS;
    facts.process.found = true;
    facts.process.pid = 4711;
    facts.process.role = role;
    facts.process.environment.known = true;
}

static enum verdict_kind judge(void)
{
    verdict_clear(&verdict);
    verdict_reach(&facts, &host, &verdict);
    ck_assert(!verdict.advice.failed);
    return verdict.kind;
}

static bool advises(const char *part)
{
    for (size_t i = 0; i < verdict.advice.count; i++) {
        if (strstr(verdict.advice.list[i], part) != NULL) {
            return true;
        }
    }
    return false;
}

START_TEST(an_affected_shim_at_rest_is_not_covered)
{
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
    ck_assert_str_eq(verdict.way_in, "attach");
    ck_assert(advises("LD_PRELOAD=/opt/libboxlite_allownet.so"));
    ck_assert(advises("/opt/boxlite-allownet run -- COMMAND"));
    ck_assert(advises("/opt/boxlite-allownet overlay"));
}
END_TEST

START_TEST(an_unaffected_one_needs_nothing_whatever_is_denied)
{
    facts.build.health = IMAGE_HEALTH_UNAFFECTED;
    facts.build.symbols = SYMBOLS_STRIPPED;
    host.trial.error = EPERM;
    ck_assert_int_eq(judge(), VERDICT_NOT_AFFECTED);
    ck_assert_str_eq(verdict.way_in, "none");
    ck_assert_uint_eq(verdict.advice.count, 0);
}
END_TEST

START_TEST(an_unaffected_one_with_the_repair_can_do_without)
{
    facts.build.health = IMAGE_HEALTH_UNAFFECTED;
    strcpy(host.environment.preload, "/opt/libboxlite_allownet.so");
    ck_assert_int_eq(judge(), VERDICT_NOT_AFFECTED);
    ck_assert(advises("can be removed"));
}
END_TEST

START_TEST(no_bridge_is_no_boxlite)
{
    facts.build.found = false;
    ck_assert_int_eq(judge(), VERDICT_NOTHING);
    ck_assert_str_eq(verdict.release, "");
}
END_TEST

START_TEST(a_bridge_that_is_elsewhere_leaves_it_open)
{
    facts.build.found = false;
    facts.build.imports = true;
    ck_assert_int_eq(judge(), VERDICT_UNCLEAR);
}
END_TEST

START_TEST(symbols_decide_what_attach_can_do)
{
    static const struct {
        enum symbols_status symbols;
        enum verdict_kind kind;
    } cases[] = {
        {SYMBOLS_OK, VERDICT_NOT_COVERED},       {SYMBOLS_NO_LOOKUPS, VERDICT_NOT_COVERED},
        {SYMBOLS_STRIPPED, VERDICT_IMPOSSIBLE},  {SYMBOLS_FOREIGN, VERDICT_IMPOSSIBLE},
        {SYMBOLS_NO_BRIDGE, VERDICT_IMPOSSIBLE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        facts.build.symbols = cases[i].symbols;
        ck_assert_int_eq(judge(), cases[i].kind);
        ck_assert_str_eq(verdict.way_in, cases[i].kind == VERDICT_IMPOSSIBLE ? "none" : "attach");
    }
}
END_TEST

START_TEST(unknown_lookups_need_the_jail)
{
    facts.build.symbols = SYMBOLS_NO_LOOKUPS;
    judge();
    ck_assert(strstr(verdict.afterwards, "Leave boxlite's jailer on") != NULL);
    set_process(FACTS_ROLE_SHIM);
    facts.process.coverage = FACTS_COVERAGE_UNREPAIRED;
    ck_assert_int_eq(judge(), VERDICT_IMPOSSIBLE);
    facts.process.jailed = true;
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
}
END_TEST

START_TEST(a_shared_bridge_needs_no_ptrace)
{
    facts.kind = FACTS_KIND_BRIDGE;
    facts.build.linkage = FACTS_LINKAGE_SHARED;
    facts.build.symbols = SYMBOLS_NO_BRIDGE;
    host.trial.error = EPERM;
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
    ck_assert_str_eq(verdict.way_in, "preload");
    ck_assert(!advises("overlay"));
}
END_TEST

START_TEST(a_bridge_inside_a_dynamic_executable_is_out_of_reach)
{
    facts.build.linkage = FACTS_LINKAGE_DYNAMIC;
    ck_assert_int_eq(judge(), VERDICT_IMPOSSIBLE);
    ck_assert_str_eq(verdict.way_in, "none");
}
END_TEST

START_TEST(ptrace_denied_names_what_denies_it)
{
    host.trial.error = EPERM;
    ck_assert_int_eq(judge(), VERDICT_IMPOSSIBLE);
    ck_assert(advises("SELinux"));
    host.seccomp = 2;
    host.trial.tracing.ptrace.error = EPERM;
    judge();
    ck_assert_str_eq(verdict.reason, "a seccomp filter denies ptrace");
    host.trial.tracing.yama = 2;
    judge();
    ck_assert_str_eq(verdict.reason, "kernel.yama.ptrace_scope is 2");
    ck_assert(advises("sysctl kernel.yama.ptrace_scope=1"));
    host.trial.tracing.yama = 3;
    judge();
    ck_assert(!advises("sysctl"));
    host.trial.tracing.yama = 1;
    host.seccomp = 0;
    host.trial.error = 0;
    host.trial.killed_by = SIGSYS;
    judge();
    ck_assert_str_eq(verdict.reason, "a seccomp filter denies ptrace");
}
END_TEST

START_TEST(our_own_filter_is_not_that_of_another_process)
{
    set_process(FACTS_ROLE_SDK);
    host.trial.error = EPERM;
    host.seccomp = 2;
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
    facts.process.seccomp = 2;
    ck_assert_int_eq(judge(), VERDICT_IMPOSSIBLE);
}
END_TEST

START_TEST(yama_asks_for_a_capability_of_the_process_and_not_of_ours)
{
    set_process(FACTS_ROLE_SDK);
    host.trial.tracing.yama = 2; /* we, as root, were let */
    ck_assert_int_eq(judge(), VERDICT_IMPOSSIBLE);
    ck_assert(advises("sysctl kernel.yama.ptrace_scope=1"));
    facts.process.may_ptrace = true;
    host.trial.error = EPERM; /* we were not, but it would be */
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
    host.trial.tracing.yama = 3;
    ck_assert_int_eq(judge(), VERDICT_IMPOSSIBLE);
}
END_TEST

START_TEST(a_profile_without_ptrace_is_named_with_the_rule_that_it_lacks)
{
    set_process(FACTS_ROLE_SDK);
    strcpy(facts.process.object, "/opt/libboxlite_allownet.so");
    strcpy(facts.process.profile, "my-app");
    ck_assert_int_eq(judge(), VERDICT_IMPOSSIBLE);
    ck_assert_str_eq(verdict.reason, "the AppArmor profile my-app denies ptrace");
    ck_assert(advises("\nptrace peer=my-app,"));
}
END_TEST

START_TEST(an_enforced_profile_is_told_from_other_contexts)
{
    static const struct {
        const char *profile;
        const char *name; /* NULL if it is none */
    } cases[] = {
        {"my-app (enforce)", "my-app"},
        {"/usr/bin/app//child (enforce)", "/usr/bin/app//child"},
        {"my-app (complain)", NULL},
        {"unconfined", NULL},
        {"system_u:system_r:container_t:s0:c1,c2", NULL},
        {"", NULL},
    };
    char name[64];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_int_eq(trial_profile(cases[i].profile, name, sizeof(name)),
                         cases[i].name != NULL);
        if (cases[i].name != NULL) {
            ck_assert_str_eq(name, cases[i].name);
        }
    }
    /* Where there is no such profile, nothing is known. */
    ck_assert(!trial_profile_denies("no-such-profile"));
}
END_TEST

START_TEST(a_service_without_ptrace_cannot_be_covered_even_with_the_object)
{
    set_process(FACTS_ROLE_SDK);
    strcpy(facts.process.unit.name, "app.service");
    facts.process.unit.denies_ptrace = true;
    strcpy(facts.process.unit.denied, "ptrace");
    strcpy(facts.process.object, "/opt/libboxlite_allownet.so");
    ck_assert_int_eq(judge(), VERDICT_IMPOSSIBLE);
    ck_assert(advises("\nsystemctl restart app.service"));
    /* For a shared bridge the loader suffices. */
    facts.build.linkage = FACTS_LINKAGE_SHARED;
    ck_assert_int_eq(judge(), VERDICT_COVERED);
}
END_TEST

START_TEST(an_application_is_covered_by_the_object_in_it)
{
    set_process(FACTS_ROLE_SDK);
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
    ck_assert_str_eq(verdict.way_in, "carry");
    strcpy(facts.process.object, "/opt/libboxlite_allownet.so");
    ck_assert_int_eq(judge(), VERDICT_COVERED);
    facts.process.environment.mode = SETTINGS_OBSERVE;
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
    facts.process.environment.mode = SETTINGS_OFF;
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
    facts.process.environment.mode = SETTINGS_ON;
    strcpy(facts.process.environment.fault, "BOXLITE_ALLOWNET_ATTEMPTS=0: 1 to 10");
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
    ck_assert_ptr_nonnull(strstr(verdict.reason, "BOXLITE_ALLOWNET_ATTEMPTS=0"));
}
END_TEST

START_TEST(a_preload_that_was_asked_for_and_is_not_there_is_told)
{
    set_process(FACTS_ROLE_SDK);
    strcpy(facts.process.environment.preload, "/old/libboxlite_allownet.so");
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
    ck_assert_ptr_nonnull(strstr(verdict.reason, "did not take"));
    facts.process.environment.preload_missing = true;
    judge();
    ck_assert_ptr_nonnull(strstr(verdict.reason, "is not there"));
}
END_TEST

START_TEST(a_box_is_judged_by_how_it_was_made)
{
    static const enum verdict_kind kinds[] = {
        [FACTS_COVERAGE_UNKNOWN] = VERDICT_UNCLEAR,
        [FACTS_COVERAGE_STARTING] = VERDICT_COVERED,
        [FACTS_COVERAGE_REPAIRED] = VERDICT_COVERED,
        [FACTS_COVERAGE_LAUNCHED] = VERDICT_COVERED,
        [FACTS_COVERAGE_OBSERVED] = VERDICT_NOT_COVERED,
        [FACTS_COVERAGE_UNREPAIRED] = VERDICT_NOT_COVERED,
        [FACTS_COVERAGE_NO_RULES] = VERDICT_NOT_AFFECTED,
    };

    set_process(FACTS_ROLE_SHIM);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        facts.process.coverage = (enum facts_coverage)i;
        ck_assert_int_eq(judge(), kinds[i]);
        ck_assert((verdict.afterwards != NULL) == (kinds[i] >= VERDICT_NOT_COVERED));
    }
    /* A box that was repaired stays so, whatever is denied by now. */
    host.trial.error = EPERM;
    facts.process.coverage = FACTS_COVERAGE_REPAIRED;
    ck_assert_int_eq(judge(), VERDICT_COVERED);
    facts.process.coverage = FACTS_COVERAGE_UNREPAIRED;
    ck_assert_int_eq(judge(), VERDICT_IMPOSSIBLE);
}
END_TEST

START_TEST(a_start_under_way_is_covered_unless_it_is_told_not_to_be)
{
    set_process(FACTS_ROLE_START);
    facts.build.found = false;
    ck_assert_int_eq(judge(), VERDICT_COVERED);
    ck_assert(strstr(verdict.reason, "being started with the repair") != NULL);
    facts.process.environment.mode = SETTINGS_OBSERVE;
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
}
END_TEST

START_TEST(an_overlay_covers_its_own_release)
{
    facts.overlay.found = true;
    facts.overlay.fits = true;
    strcpy(facts.overlay.directory, "/opt/overlay");
    strcpy(facts.overlay.release, "0.9.7");
    ck_assert_int_eq(judge(), VERDICT_COVERED);
    ck_assert_str_eq(verdict.way_in, "overlay");
    facts.overlay.fits = false;
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
    ck_assert(advises("/opt/boxlite-allownet overlay /opt/overlay"));
    facts.overlay.damaged = true;
    ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
}
END_TEST

START_TEST(an_overlay_is_dropped_where_nothing_is_to_be_repaired)
{
    facts.kind = FACTS_KIND_SDK;
    facts.overlay.found = true;
    facts.build.health = IMAGE_HEALTH_UNAFFECTED;
    strcpy(facts.build.release, "0.10.3");
    for (int fits = 0; fits < 2; fits++) {
        facts.overlay.fits = fits != 0;
        ck_assert_int_eq(judge(), VERDICT_NOT_COVERED);
        ck_assert(advises("\nunset BOXLITE_RUNTIME_DIR"));
        ck_assert(!advises("/opt/boxlite-allownet overlay"));
    }
}
END_TEST

START_TEST(a_service_is_told_how_to_set_it)
{
    set_process(FACTS_ROLE_SDK);
    strcpy(facts.process.unit.name, "app.service");
    judge();
    ck_assert(advises("\nmkdir -p /etc/systemd/system/app.service.d\n"));
    ck_assert(advises("echo 'Environment=LD_PRELOAD=/opt/libboxlite_allownet.so' >> "
                      "/etc/systemd/system/app.service.d/boxlite-allownet.conf\n"
                      "systemctl daemon-reload\nsystemctl restart app.service"));
}
END_TEST

START_TEST(an_installation_that_cannot_be_used_is_told_first)
{
    strcpy(host.object_problem, "\"/a b/x.so\" holds a space");
    judge();
    ck_assert_str_eq(verdict.advice.list[0], host.object_problem);
    ck_assert(!advises("LD_PRELOAD="));
}
END_TEST

START_TEST(every_verdict_has_a_name_a_title_and_an_exit)
{
    for (int kind = VERDICT_NOTHING; kind <= VERDICT_IMPOSSIBLE; kind++) {
        ck_assert_str_ne(verdict_names[kind], "");
        ck_assert_str_ne(verdict_titles[kind], "");
        ck_assert_int_ne(verdict_exit((enum verdict_kind)kind), 3);
    }
    ck_assert_int_eq(verdict_exit(VERDICT_NOTHING), 4);
    ck_assert_int_eq(verdict_exit(VERDICT_COVERED), 0);
    ck_assert_int_eq(verdict_exit(VERDICT_UNCLEAR), 1);
    ck_assert_int_eq(verdict_exit(VERDICT_IMPOSSIBLE), 2);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("verdict");

    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, an_affected_shim_at_rest_is_not_covered);
    tcase_add_test(cases, an_unaffected_one_needs_nothing_whatever_is_denied);
    tcase_add_test(cases, an_unaffected_one_with_the_repair_can_do_without);
    tcase_add_test(cases, no_bridge_is_no_boxlite);
    tcase_add_test(cases, a_bridge_that_is_elsewhere_leaves_it_open);
    tcase_add_test(cases, symbols_decide_what_attach_can_do);
    tcase_add_test(cases, unknown_lookups_need_the_jail);
    tcase_add_test(cases, a_shared_bridge_needs_no_ptrace);
    tcase_add_test(cases, a_bridge_inside_a_dynamic_executable_is_out_of_reach);
    tcase_add_test(cases, ptrace_denied_names_what_denies_it);
    tcase_add_test(cases, our_own_filter_is_not_that_of_another_process);
    tcase_add_test(cases, yama_asks_for_a_capability_of_the_process_and_not_of_ours);
    tcase_add_test(cases, a_profile_without_ptrace_is_named_with_the_rule_that_it_lacks);
    tcase_add_test(cases, an_enforced_profile_is_told_from_other_contexts);
    tcase_add_test(cases, a_service_without_ptrace_cannot_be_covered_even_with_the_object);
    tcase_add_test(cases, an_application_is_covered_by_the_object_in_it);
    tcase_add_test(cases, a_preload_that_was_asked_for_and_is_not_there_is_told);
    tcase_add_test(cases, a_box_is_judged_by_how_it_was_made);
    tcase_add_test(cases, a_start_under_way_is_covered_unless_it_is_told_not_to_be);
    tcase_add_test(cases, an_overlay_covers_its_own_release);
    tcase_add_test(cases, an_overlay_is_dropped_where_nothing_is_to_be_repaired);
    tcase_add_test(cases, a_service_is_told_how_to_set_it);
    tcase_add_test(cases, an_installation_that_cannot_be_used_is_told_first);
    tcase_add_test(cases, every_verdict_has_a_name_a_title_and_an_exit);
    return run_cases("verdict", cases);
}
