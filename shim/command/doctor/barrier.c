/*
 * What keeps attach from tracing a shim, as far as it can be told without one.
 */
#include <stdio.h>
#include <string.h>

#include "shim/command/doctor/advice.h"
#include "shim/command/doctor/verdict.h"

/* Yama asks for a capability, which a process may lack that we have, or have that we lack. */
static bool yama_bars(const struct facts_host *host, const struct facts_process *process)
{
    struct tracing tracing = host->trial.tracing;

    if (process != NULL && process->found) {
        tracing.capable = process->may_ptrace;
        return tracing_yama_bars(&tracing);
    }
    return tracing.yama > 1 && !trial_permits(&host->trial);
}

/* Our own trial says nothing about a process that has no seccomp filter, or that Yama lets trace
   where it does not let us. */
static bool trial_concerns(const struct facts_host *host, const struct facts_process *process)
{
    if (process == NULL || !process->found) {
        return true;
    }
    return host->trial.tracing.yama < 2 && (host->seccomp <= 0 || process->seccomp > 0);
}

/* A filter answers a call that names no process; else it is a module of the kernel's. */
static void tell_trial(const struct trial *trial, char *reason, size_t size, struct words *remedy)
{
    if (trial->killed_by != 0 || trial->tracing.ptrace.error != 0) {
        snprintf(reason, size, "a seccomp filter denies ptrace");
        facts_say(remedy, "Allow ptrace, process_vm_readv and process_vm_writev in the "
                          "container's profile.");
    } else {
        snprintf(reason, size, "ptrace is denied: %s%s%s", strerror(trial->error),
                 trial->tracing.profile[0] != '\0' ? ", under " : "", trial->tracing.profile);
        facts_say(remedy, "Allow this user ptrace of its own processes (SELinux deny_ptrace, "
                          "AppArmor, container runtime).");
    }
}

bool verdict_ptrace_barred(const struct facts_host *host, const struct facts_process *process,
                           char *reason, size_t size, struct words *remedy)
{
    if (process != NULL && process->unit.denies_ptrace) {
        snprintf(reason, size, "SystemCallFilter of %.200s denies %s", process->unit.name,
                 process->unit.denied);
        advice_unit(&process->unit, "Let the service trace, and start it again",
                    "boxlite-allownet-ptrace.conf",
                    "SystemCallFilter=ptrace process_vm_readv process_vm_writev", remedy);
        return true;
    }
    if (yama_bars(host, process)) {
        snprintf(reason, size, "kernel.yama.ptrace_scope is %d", host->trial.tracing.yama);
        facts_say(remedy, "%s",
                  host->trial.tracing.yama == 2
                      ? "Let a process trace its own parent; as root:\n"
                        "sysctl kernel.yama.ptrace_scope=1"
                      : "Boot with kernel.yama.ptrace_scope=1: 3 lasts until then.");
        return true;
    }
    if (process != NULL && process->profile[0] != '\0') {
        snprintf(reason, size, "the AppArmor profile %.200s denies ptrace", process->profile);
        facts_say(remedy,
                  "Add this rule to that profile, load it, and start the process again:\n"
                  "ptrace peer=%s,",
                  process->profile);
        return true;
    }
    if (trial_permits(&host->trial) || !trial_concerns(host, process)) {
        return false;
    }
    tell_trial(&host->trial, reason, size, remedy);
    return true;
}
