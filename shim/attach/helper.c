/* The helper: from the fork to the detach, one stop after the other. */
#include "shim/attach/helper.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shim/attach/repair.h"
#include "shim/attach/thread/breakpoints.h"
#include "shim/attach/thread/tracee.h"
#include "shim/attach/thread/vdso.h"
#include "shim/boxlite/image.h"

struct helper {
    pid_t pid;
    const struct helper_task *task;
    struct symbols symbols; /* of the program that runs */
    struct breakpoints breakpoints;
    struct repair repair;
    uint64_t created; /* where gvproxy_create returns to; 0 before it is called */
    const char *at;   /* which stop it is at, for a message */
    uint64_t blocked; /* what it began with, of SIGTRAP */
};

static const uint64_t trap_bit = (uint64_t)1 << (SIGTRAP - 1);

static const char cannot_continue[] = "which ptrace cannot continue";

static void tell_failure(const struct helper *helper, const char *at)
{
    const struct log log = {.threshold = LOG_LEVEL_ERROR, .file = helper->task->settings->log_file};

    log_line(
        &log, LOG_LEVEL_ERROR,
        "allowNet: the repair failed inside boxlite-shim, %s, and the box is ended rather than "
        "started unrepaired; set BOXLITE_ALLOWNET=off to start it as it is",
        at);
}

static bool plant(struct helper *helper, uint64_t address)
{
    return address == 0 ||
           breakpoints_add(&helper->breakpoints, helper->pid, address + helper->repair.bias);
}

/* All that is known of the program that ran before is of no more use: nor are our bytes in it. */
static void begin(struct helper *helper)
{
    const struct helper_task *task = helper->task;

    repair_clear(&helper->repair);
    helper->breakpoints = (struct breakpoints){0};
    helper->created = 0;
    helper->repair = (struct repair){.pid = helper->pid,
                                     .symbols = &helper->symbols,
                                     .handover = task->handover,
                                     .settings = task->settings,
                                     .answers_lookups = task->answers_lookups,
                                     .blocked = helper->blocked,
                                     .breakpoints = &helper->breakpoints};
}

/*
 * A breakpoint's signal is delivered even if it is blocked, and then is no more blocked, and
 * without its handler (Linux, kernel/signal.c, force_sig_info_to_task). So it is not, until we
 * leave.
 */
static bool open_trap(struct helper *helper)
{
    uint64_t mask;

    if (!tracee_mask(helper->pid, &mask)) {
        return false;
    }
    helper->blocked |= mask & trap_bit;
    return (mask & trap_bit) == 0 || tracee_set_mask(helper->pid, mask & ~trap_bit);
}

/* Whether the symbols are those of the program, whose next instruction is its first. */
static bool is_known(struct helper *helper)
{
    const struct symbols *symbols = &helper->symbols;
    unsigned char code[sizeof(symbols->evidence)];
    struct user_regs_struct registers;

    if (!tracee_registers(helper->pid, &registers)) {
        return false;
    }
    helper->repair.bias = registers_next(&registers) - symbols->entry;
    return tracee_read_code(helper->pid, symbols->create + helper->repair.bias, code,
                            sizeof(code)) &&
           memcmp(code, symbols->evidence, sizeof(code)) == 0;
}

/* Before its first instruction, as it would be without us. */
static bool let_go(const struct helper *helper)
{
    uint64_t mask;

    return tracee_mask(helper->pid, &mask) &&
           tracee_set_mask(helper->pid, mask | helper->blocked) && tracee_release(helper->pid);
}

static uint64_t find_restorer(const struct helper *helper)
{
    struct user_regs_struct registers;

    return tracee_registers(helper->pid, &registers)
               ? vdso_find_restorer(helper->pid, registers_stack(&registers))
               : 0;
}

/* A shim has executed a program that is not the one that it was: another shim, or none. */
static enum repair_next look_again(struct helper *helper)
{
    char path[64];
    enum symbols_status status;
    enum image_kind kind;

    snprintf(path, sizeof(path), "/proc/%d/exe", (int)helper->pid);
    kind = image_read(path);
    status = symbols_read(path, &helper->symbols);
    switch (kind) {
    case IMAGE_FOREIGN:
    case IMAGE_DYNAMIC:
    case IMAGE_UNAFFECTED:
        return let_go(helper) ? REPAIR_RELEASED : REPAIR_FAILED;
    case IMAGE_UNKNOWN:
        /* With symbols, and without a bridge among them, it is no shim. */
        if (status == SYMBOLS_NO_BRIDGE) {
            return let_go(helper) ? REPAIR_RELEASED : REPAIR_FAILED;
        }
        return REPAIR_FAILED;
    case IMAGE_UNREADABLE:
    case IMAGE_AFFECTED:
        break;
    }
    if (status != SYMBOLS_OK && (status != SYMBOLS_NO_LOOKUPS || helper->task->answers_lookups)) {
        return REPAIR_FAILED;
    }
    return is_known(helper) ? REPAIR_RUN : REPAIR_FAILED;
}

/* The program is there, and none of its instructions has been executed. */
static enum repair_next on_exec(struct helper *helper, bool again)
{
    const struct symbols *symbols = &helper->symbols;
    enum repair_next next = REPAIR_RUN;

    if (!open_trap(helper)) {
        return REPAIR_FAILED;
    }
    begin(helper);
    if (!is_known(helper)) {
        next = again ? look_again(helper) : REPAIR_FAILED;
    }
    if (next != REPAIR_RUN) {
        return next;
    }
    helper->repair.restorer =
        symbols->restorer != 0 ? symbols->restorer + helper->repair.bias : find_restorer(helper);
    return plant(helper, symbols->create) && plant(helper, symbols->set_log_callback) &&
                   plant(helper, symbols->start_machine)
               ? REPAIR_RUN
               : REPAIR_FAILED;
}

/* Done once, before the first create (boxlite's net/gvproxy/logging.rs). */
static enum repair_next on_set_log_callback(struct helper *helper, uint64_t address)
{
    struct user_regs_struct registers;

    if (!tracee_registers(helper->pid, &registers) ||
        !breakpoints_remove(&helper->breakpoints, helper->pid, address)) {
        return REPAIR_FAILED;
    }
    helper->repair.log_callback = registers_argument(&registers, 0);
    registers_go(&registers, address);
    return tracee_set_registers(helper->pid, &registers) ? REPAIR_RUN : REPAIR_FAILED;
}

static bool is_lookup(const struct helper *helper, uint64_t address)
{
    for (size_t i = 0; i < helper->symbols.lookup_call_count; i++) {
        if (address == helper->symbols.lookup_calls[i] + helper->repair.bias) {
            return true;
        }
    }
    return false;
}

static enum repair_next on_breakpoint(struct helper *helper, uint64_t address)
{
    const struct symbols *symbols = &helper->symbols;

    if (address == helper->created) {
        helper->at = "as gvproxy_create returned";
        return repair_created(&helper->repair, address);
    }
    if (is_lookup(helper, address)) {
        helper->at = "at a lookup";
        return repair_lookup(&helper->repair, address);
    }
    if (address == symbols->create + helper->repair.bias) {
        helper->at = "at gvproxy_create";
        return repair_create(&helper->repair, address, &helper->created);
    }
    if (address == symbols->set_log_callback + helper->repair.bias) {
        helper->at = "at gvproxy_set_log_callback";
        return on_set_log_callback(helper, address);
    }
    helper->at = "at krun_start_enter";
    return repair_nothing(&helper->repair, address); /* a machine that starts without network */
}

static enum repair_next on_stop(struct helper *helper, enum tracee_stop stop, int *number)
{
    struct user_regs_struct registers;

    *number = 0;
    if (stop == TRACEE_EXEC) {
        const bool again = helper->repair.pid != 0;

        helper->at = again ? "which executes a program that cannot be repaired"
                           : "which is not the file that was examined";
        return on_exec(helper, again);
    }
    if (!tracee_registers(helper->pid, &registers)) {
        return REPAIR_FAILED;
    }
    if (breakpoints_has(&helper->breakpoints, registers_trap(&registers))) {
        return on_breakpoint(helper, registers_trap(&registers));
    }
    *number = SIGTRAP; /* its own */
    return REPAIR_RUN;
}

/* It is gone, or goes on unrepaired, and not by itself; or it is stopped, and stays so. */
static void on_end(const struct helper *helper, enum tracee_stop stop)
{
    if (stop == TRACEE_TRAPPED) {
        tell_failure(helper, "another thread of which ran into a breakpoint: gvproxy_create is "
                             "called in a thread other than the first");
    } else if (stop == TRACEE_LOST) {
        tell_failure(helper, "another thread of which has executed a program");
        tracee_end(helper->pid);
    } else if (tracee_is_held(helper->pid)) {
        tell_failure(helper, cannot_continue);
    }
}

void helper_run(pid_t pid, const struct helper_task *task)
{
    struct helper helper = {
        .pid = pid, .task = task, .symbols = *task->symbols, .at = cannot_continue};
    enum tracee_stop stop = tracee_wait(pid);
    enum repair_next next = REPAIR_RUN;

    while (next == REPAIR_RUN && (stop == TRACEE_TRAP || stop == TRACEE_EXEC)) {
        int number;

        next = on_stop(&helper, stop, &number);
        if (next == REPAIR_RUN) {
            stop = tracee_continue(pid, number);
        }
    }
    if (next == REPAIR_RUN) {
        on_end(&helper, stop);
    } else if (next == REPAIR_FAILED && tracee_is_held(pid)) {
        tell_failure(&helper, helper.at);
    } else if (next == REPAIR_FAILED && getppid() == pid) {
        on_end(&helper, TRACEE_LOST);
    }
    repair_clear(&helper.repair);
}
