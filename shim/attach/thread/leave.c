/* Detaches: every byte and register as it was, and the helper waited for by the thread itself. */
#include "shim/attach/thread/leave.h"

#include <sys/wait.h>
#include <unistd.h>

#include "shim/attach/thread/tracee.h"

/* The alternate signal stack, which the return from a signal handler sets. */
static bool read_alternate(struct inject *inject, uint64_t sigaltstack, stack_t *out)
{
    const uint64_t place = inject_scratch(inject, sizeof(*out));
    const uint64_t arguments[] = {0, place};
    uint64_t result;

    return inject_call(inject, sigaltstack, arguments, 2, &result) && (int)result == 0 &&
           tracee_read(inject->pid, place, out, sizeof(*out));
}

static bool prepare_frame(struct inject *inject, const struct symbols *symbols, uint64_t bias,
                          uint64_t restorer, struct registers_frame *frame)
{
    unsigned char floating[REGISTERS_FLOATING_SIZE] = {0};
    stack_t alternate = {0};

    if (symbols->waitpid == 0 || restorer == 0 || symbols->sigaltstack == 0) {
        return false;
    }
    if (!tracee_floating(inject->pid, floating, sizeof(floating)) ||
        !read_alternate(inject, symbols->sigaltstack + bias, &alternate)) {
        return false;
    }
    registers_make_frame(&inject->registers, floating, inject->mask, &alternate, restorer, frame);
    return true;
}

/* Signals stay blocked until the frame's mask is in force: the wait is not interrupted. */
static bool set_waiting(const struct inject *inject, const struct registers_frame *frame,
                        uint64_t waitpid, uint64_t restorer)
{
    struct user_regs_struct registers = inject->registers;

    registers_set_argument(&registers, 0, (uint64_t)getpid());
    registers_set_argument(&registers, 1, 0);
    registers_set_argument(&registers, 2, (uint64_t)(unsigned)__WALL);
    registers_call_in_frame(&registers, waitpid, frame, restorer);
    return tracee_write(inject->pid, frame->address, frame->bytes, frame->size) &&
           tracee_set_registers(inject->pid, &registers);
}

bool leave(struct inject *inject, struct breakpoints *breakpoints, const struct symbols *symbols,
           uint64_t bias, uint64_t restorer)
{
    struct registers_frame frame;
    const bool waits = prepare_frame(inject, symbols, bias, restorer, &frame);

    if (!breakpoints_remove_all(breakpoints, inject->pid)) {
        return false;
    }
    if (waits ? !set_waiting(inject, &frame, symbols->waitpid + bias, restorer)
              : !inject_end(inject)) {
        return false;
    }
    return tracee_release(inject->pid);
}
