/* Calls a function in the stopped thread, whose registers are put back afterwards. */
#include "shim/attach/thread/inject.h"

#include <signal.h>

#include "shim/attach/thread/tracee.h"

/* Between the thread's own stack and what calls use: the red zone, and our scratch. */
#define SCRATCH 1024

bool inject_begin(struct inject *inject, pid_t pid, uint64_t trap)
{
    inject->pid = pid;
    inject->trap = trap;
    if (!tracee_registers(pid, &inject->registers) || !tracee_mask(pid, &inject->mask)) {
        return false;
    }
    registers_go(&inject->registers, trap);
    /* A blocked trap would cost the thread its handler: the kernel takes it away to deliver the
       signal all the same (force_sig_info_to_task in its kernel/signal.c). */
    return tracee_set_mask(pid, ~((uint64_t)1 << (SIGTRAP - 1)));
}

uint64_t inject_scratch(const struct inject *inject, size_t size)
{
    const uint64_t red_zone = 128;

    return (registers_stack(&inject->registers) - red_zone - size) & ~(uint64_t)15;
}

bool inject_call(struct inject *inject, uint64_t function, const uint64_t *arguments, size_t count,
                 uint64_t *result)
{
    struct user_regs_struct registers = inject->registers;

    for (size_t i = 0; i < count; i++) {
        registers_set_argument(&registers, (unsigned)i, arguments[i]);
    }
    registers_set_stack(&registers, inject_scratch(inject, SCRATCH));
    if (registers_call(&registers, function, inject->trap) &&
        !tracee_write(inject->pid, registers_stack(&registers), &inject->trap,
                      sizeof(inject->trap))) {
        return false;
    }
    if (!tracee_set_registers(inject->pid, &registers) ||
        tracee_continue(inject->pid, 0) != TRACEE_TRAP ||
        !tracee_registers(inject->pid, &registers) || registers_trap(&registers) != inject->trap) {
        return false;
    }
    *result = registers_result(&registers);
    return true;
}

bool inject_end(struct inject *inject)
{
    return tracee_set_registers(inject->pid, &inject->registers) &&
           tracee_set_mask(inject->pid, inject->mask);
}
