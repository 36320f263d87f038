#include "shim/attach/helper.h"

#include <signal.h>
#include <string.h>

#include "shim/attach/repair.h"
#include "shim/attach/thread/breakpoints.h"
#include "shim/attach/thread/tracee.h"

struct helper {
    pid_t pid;
    const struct symbols *symbols;
    struct breakpoints breakpoints;
    struct repair repair;
    uint64_t created; /* where gvproxy_create returns to; 0 before it is called */
    const char *at;   /* which stop it is at, for a message */
};

static void tell_failure(const struct helper *helper)
{
    const struct log log = {.threshold = LOG_LEVEL_ERROR,
                            .file = helper->repair.settings->log_file};

    log_line(
        &log, LOG_LEVEL_ERROR,
        "allowNet: the repair failed inside boxlite-shim, %s, and the box is ended rather than "
        "started unrepaired; set BOXLITE_ALLOWNET=off to start it as it is",
        helper->at);
}

static bool plant(struct helper *helper, uint64_t address)
{
    return address == 0 ||
           breakpoints_add(&helper->breakpoints, helper->pid, address + helper->repair.bias);
}

/* The program is there, and none of its instructions has been executed. */
static enum repair_next on_exec(struct helper *helper)
{
    const struct symbols *symbols = helper->symbols;
    unsigned char code[sizeof symbols->evidence];
    struct user_regs_struct registers;

    if (!tracee_registers(helper->pid, &registers))
        return REPAIR_FAILED;
    helper->repair.bias = registers_next(&registers) - symbols->entry;
    if (!tracee_read_code(helper->pid, symbols->create + helper->repair.bias, code, sizeof code) ||
        memcmp(code, symbols->evidence, sizeof code) != 0)
        return REPAIR_FAILED;
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
        !breakpoints_remove(&helper->breakpoints, helper->pid, address))
        return REPAIR_FAILED;
    helper->repair.log_callback = registers_argument(&registers, 0);
    registers_go(&registers, address);
    return tracee_set_registers(helper->pid, &registers) ? REPAIR_RUN : REPAIR_FAILED;
}

static bool is_lookup(const struct helper *helper, uint64_t address)
{
    for (size_t i = 0; i < helper->symbols->lookup_call_count; i++) {
        if (address == helper->symbols->lookup_calls[i] + helper->repair.bias)
            return true;
    }
    return false;
}

static enum repair_next on_breakpoint(struct helper *helper, uint64_t address)
{
    const struct symbols *symbols = helper->symbols;

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
        helper->at = "which is not the file that was examined";
        return on_exec(helper);
    }
    if (!tracee_registers(helper->pid, &registers))
        return REPAIR_FAILED;
    if (breakpoints_has(&helper->breakpoints, registers_trap(&registers)))
        return on_breakpoint(helper, registers_trap(&registers));
    *number = SIGTRAP; /* its own */
    return REPAIR_RUN;
}

void helper_run(pid_t pid, const struct helper_task *task)
{
    struct helper helper = {.pid = pid, .symbols = task->symbols};
    enum tracee_stop stop = tracee_wait(pid);
    enum repair_next next = REPAIR_RUN;

    helper.repair = (struct repair){.pid = pid,
                                    .symbols = task->symbols,
                                    .handover = task->handover,
                                    .settings = task->settings,
                                    .answers_lookups = task->answers_lookups,
                                    .breakpoints = &helper.breakpoints};
    while (next == REPAIR_RUN && stop != TRACEE_ENDED) {
        int number;

        next = on_stop(&helper, stop, &number);
        if (next == REPAIR_RUN)
            stop = tracee_continue(pid, number);
    }
    if (next != REPAIR_RELEASED && tracee_is_held(pid))
        tell_failure(&helper);
    repair_clear(&helper.repair);
}
