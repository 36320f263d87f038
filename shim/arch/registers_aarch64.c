#include "shim/arch/registers.h"

#if defined(__aarch64__)

#define LINK_REGISTER 30
#define CALL_SIZE     4 /* bl */

/* brk #0 */
const unsigned char registers_breakpoint[REGISTERS_BREAKPOINT_MAX] = {0x00, 0x00, 0x20, 0xd4};
const size_t registers_breakpoint_size = 4;

uint64_t registers_trap(const struct user_regs_struct *registers)
{
    return registers->pc;
}

uint64_t registers_next(const struct user_regs_struct *registers)
{
    return registers->pc;
}

void registers_go(struct user_regs_struct *registers, uint64_t address)
{
    registers->pc = address;
}

uint64_t registers_stack(const struct user_regs_struct *registers)
{
    return registers->sp;
}

void registers_set_stack(struct user_regs_struct *registers, uint64_t address)
{
    registers->sp = address;
}

uint64_t registers_argument(const struct user_regs_struct *registers, unsigned index)
{
    return registers->regs[index];
}

void registers_set_argument(struct user_regs_struct *registers, unsigned index, uint64_t value)
{
    registers->regs[index] = value;
}

uint64_t registers_result(const struct user_regs_struct *registers)
{
    return registers->regs[0];
}

void registers_set_result(struct user_regs_struct *registers, uint64_t value)
{
    registers->regs[0] = value;
}

bool registers_call(struct user_regs_struct *registers, uint64_t function, uint64_t return_to)
{
    registers->regs[LINK_REGISTER] = return_to;
    registers_go(registers, function);
    return false;
}

uint64_t registers_return_address(const struct user_regs_struct *registers, uint64_t word)
{
    (void)word;
    return registers->regs[LINK_REGISTER];
}

void registers_return(struct user_regs_struct *registers, uint64_t word)
{
    registers_go(registers, registers_return_address(registers, word));
}

/* Go's integer registers in order: R0 to R15. */

struct registers_text registers_lookup_host(const struct user_regs_struct *registers)
{
    return (struct registers_text){.address = registers->regs[5], .length = registers->regs[6]};
}

void registers_forget_host(struct user_regs_struct *registers)
{
    registers->regs[5] = 0;
    registers->regs[6] = 0;
}

void registers_answer_lookup(struct user_regs_struct *registers, uint64_t addresses, uint64_t count)
{
    registers->regs[0] = addresses;
    registers->regs[1] = count;
    registers->regs[2] = count;
    registers->regs[3] = 0;
    registers->regs[4] = 0;
}

uint64_t registers_behind_call(uint64_t call)
{
    return call + CALL_SIZE;
}

/* The restorer is in the vDSO here and not among a program's own symbols. */
bool registers_make_frame(const struct user_regs_struct *registers, const unsigned char *floating,
                          uint64_t mask, const stack_t *alternate, uint64_t restorer,
                          struct registers_frame *out)
{
    (void)registers;
    (void)floating;
    (void)mask;
    (void)alternate;
    (void)restorer;
    (void)out;
    return false;
}

#endif
