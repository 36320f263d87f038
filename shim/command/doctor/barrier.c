/*
 * What keeps attach from tracing a shim, as far as it can be told without one.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "shim/command/doctor/advice.h"
#include "shim/command/doctor/verdict.h"

static bool denied_here(const struct facts_host *host)
{
    return host->ptrace_error != 0 || host->ptrace_signal != 0;
}

/* Scope 2 asks for CAP_SYS_PTRACE, which a process may lack that we have, or have that we lack; 3
   is for all (the kernel's Documentation/admin-guide/LSM/Yama.rst). */
static bool yama_bars(const struct facts_host *host, const struct facts_process *process)
{
    if (host->yama < 2) {
        return false;
    }
    if (process == NULL || !process->found) {
        return denied_here(host);
    }
    return host->yama > 2 || !process->may_ptrace;
}

/* Our own trial says nothing about a process that has no seccomp filter, or that Yama lets trace
   where it does not let us. */
static bool trial_concerns(const struct facts_host *host, const struct facts_process *process)
{
    if (process == NULL || !process->found) {
        return true;
    }
    return host->yama < 2 && (host->seccomp <= 0 || process->seccomp > 0);
}

bool verdict_ptrace_barred(const struct facts_host *host, const struct facts_process *process,
                           char *reason, size_t size, struct words *remedy)
{
    if (process != NULL && process->unit.denies_ptrace) {
        snprintf(reason, size, "SystemCallFilter of %.200s leaves out %s", process->unit.name,
                 process->unit.denied);
        advice_unit(&process->unit, "Let the service trace, and start it again; as root:",
                    "boxlite-allownet-ptrace.conf",
                    "SystemCallFilter=ptrace process_vm_readv process_vm_writev", remedy);
        return true;
    }
    if (yama_bars(host, process)) {
        snprintf(reason, size, "kernel.yama.ptrace_scope is %d", host->yama);
        facts_say(remedy, "%s",
                  host->yama == 2 ? "Let a process trace its own parent; as root:\n"
                                    "sysctl kernel.yama.ptrace_scope=1"
                                  : "Boot with kernel.yama.ptrace_scope=1: 3 lasts until then.");
        return true;
    }
    if (!denied_here(host) || !trial_concerns(host, process)) {
        return false;
    }
    if (host->seccomp > 0 || host->ptrace_signal == SIGSYS) {
        snprintf(reason, size, "a seccomp filter denies ptrace");
        facts_say(remedy, "Allow ptrace, process_vm_readv and process_vm_writev in the "
                          "container's profile.");
    } else {
        snprintf(reason, size, "ptrace is denied: %s", strerror(host->ptrace_error));
        facts_say(remedy, "Allow this user ptrace of its own processes (SELinux deny_ptrace, "
                          "AppArmor, container runtime).");
    }
    return true;
}
