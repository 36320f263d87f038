/* x86-64: registers of a stopped thread, by what Go and the System V ABI keep in them. */
#include "shim/arch/registers.h"

#if defined(__x86_64__)

#include <string.h>
#include <ucontext.h>

/* Leaf functions may keep data below the stack pointer (System V ABI, x86-64, section 3.2.2). */
#define RED_ZONE  128
#define CALL_SIZE 5 /* call rel32 */

const unsigned char registers_breakpoint[REGISTERS_BREAKPOINT_MAX] = {0xcc}; /* int3 */
const size_t registers_breakpoint_size = 1;

uint64_t registers_trap(const struct user_regs_struct *registers)
{
    return registers->rip - registers_breakpoint_size;
}

uint64_t registers_next(const struct user_regs_struct *registers)
{
    return registers->rip;
}

void registers_go(struct user_regs_struct *registers, uint64_t address)
{
    registers->rip = address;
    registers->orig_rax = ~0ULL; /* no system call that the kernel might start again */
}

uint64_t registers_stack(const struct user_regs_struct *registers)
{
    return registers->rsp;
}

void registers_set_stack(struct user_regs_struct *registers, uint64_t address)
{
    registers->rsp = address;
}

static const size_t argument_offsets[] = {
    offsetof(struct user_regs_struct, rdi), offsetof(struct user_regs_struct, rsi),
    offsetof(struct user_regs_struct, rdx), offsetof(struct user_regs_struct, rcx),
    offsetof(struct user_regs_struct, r8),  offsetof(struct user_regs_struct, r9),
};

uint64_t registers_argument(const struct user_regs_struct *registers, unsigned index)
{
    uint64_t value;

    memcpy(&value, (const char *)registers + argument_offsets[index], sizeof(value));
    return value;
}

void registers_set_argument(struct user_regs_struct *registers, unsigned index, uint64_t value)
{
    memcpy((char *)registers + argument_offsets[index], &value, sizeof(value));
}

uint64_t registers_result(const struct user_regs_struct *registers)
{
    return registers->rax;
}

void registers_set_result(struct user_regs_struct *registers, uint64_t value)
{
    registers->rax = value;
}

bool registers_call(struct user_regs_struct *registers, uint64_t function, uint64_t return_to)
{
    (void)return_to;
    registers->rsp -= sizeof(return_to);
    registers_go(registers, function);
    return true;
}

uint64_t registers_return_address(const struct user_regs_struct *registers, uint64_t word)
{
    (void)registers;
    return word;
}

void registers_return(struct user_regs_struct *registers, uint64_t word)
{
    registers->rsp += sizeof(word);
    registers_go(registers, word);
}

/* Go's integer registers in order: RAX, RBX, RCX, RDI, RSI, R8, R9, R10, R11. */

struct registers_text registers_lookup_host(const struct user_regs_struct *registers)
{
    return (struct registers_text){.address = registers->r8, .length = registers->r9};
}

void registers_forget_host(struct user_regs_struct *registers)
{
    registers->r8 = 0;
    registers->r9 = 0;
}

void registers_answer_lookup(struct user_regs_struct *registers, uint64_t addresses, uint64_t count)
{
    registers->rax = addresses;
    registers->rbx = count;
    registers->rcx = count;
    registers->rdi = 0;
    registers->rsi = 0;
}

uint64_t registers_behind_call(uint64_t call)
{
    return call + CALL_SIZE;
}

const unsigned char registers_restorer[REGISTERS_RESTORER_MAX] = {0};
const size_t registers_restorer_size = 0;

/* As the kernel lays it out: arch/x86/include/asm/sigframe.h, struct rt_sigframe. */
struct frame {
    uint64_t restorer;
    ucontext_t context; /* the kernel's is shorter, and the same as far as it goes */
};

#define FLOATING_SIZE      512 /* FXSAVE */
#define FLOATING_ALIGNMENT 64
/* Here the kernel would tell of registers beyond FXSAVE. They need not survive a call: left zero.
 */
#define FLOATING_RESERVED 464

#define UC_SIGCONTEXT_SS     0x2
#define UC_STRICT_RESTORE_SS 0x4

static void fill_context(ucontext_t *context, const struct user_regs_struct *registers)
{
    greg_t *general = context->uc_mcontext.gregs;

    general[REG_R8] = (greg_t)registers->r8;
    general[REG_R9] = (greg_t)registers->r9;
    general[REG_R10] = (greg_t)registers->r10;
    general[REG_R11] = (greg_t)registers->r11;
    general[REG_R12] = (greg_t)registers->r12;
    general[REG_R13] = (greg_t)registers->r13;
    general[REG_R14] = (greg_t)registers->r14;
    general[REG_R15] = (greg_t)registers->r15;
    general[REG_RDI] = (greg_t)registers->rdi;
    general[REG_RSI] = (greg_t)registers->rsi;
    general[REG_RBP] = (greg_t)registers->rbp;
    general[REG_RBX] = (greg_t)registers->rbx;
    general[REG_RDX] = (greg_t)registers->rdx;
    general[REG_RAX] = (greg_t)registers->rax;
    general[REG_RCX] = (greg_t)registers->rcx;
    general[REG_RSP] = (greg_t)registers->rsp;
    general[REG_RIP] = (greg_t)registers->rip;
    general[REG_EFL] = (greg_t)registers->eflags;
    general[REG_CSGSFS] = (greg_t)((registers->cs & 0xffff) | (registers->gs & 0xffff) << 16 |
                                   (registers->fs & 0xffff) << 32 | registers->ss << 48);
}

void registers_make_frame(const struct user_regs_struct *registers, const unsigned char *floating,
                          uint64_t mask, const stack_t *alternate, uint64_t restorer,
                          struct registers_frame *out)
{
    struct frame frame = {.restorer = restorer};
    /* A function begins with its stack pointer 8 below a multiple of 16. */
    const size_t behind =
        (sizeof(frame) + 8 + FLOATING_ALIGNMENT - 1) & -(size_t)FLOATING_ALIGNMENT;
    const uint64_t top = (registers->rsp - RED_ZONE) & -(uint64_t)FLOATING_ALIGNMENT;
    const uint64_t base = top - behind - FLOATING_SIZE;

    _Static_assert(sizeof(frame) + FLOATING_ALIGNMENT + FLOATING_SIZE <= sizeof(out->bytes),
                   "room");
    fill_context(&frame.context, registers);
    frame.context.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
    frame.context.uc_stack = *alternate;
    memcpy(&frame.context.uc_sigmask, &mask, sizeof(mask));
    frame.context.uc_mcontext.fpregs = (fpregset_t)(uintptr_t)(base + behind);

    memset(out, 0, sizeof(*out));
    out->address = base + 8;
    out->size = behind - 8 + FLOATING_SIZE;
    memcpy(out->bytes, &frame, sizeof(frame));
    memcpy(out->bytes + behind - 8, floating, FLOATING_RESERVED);
}

/* The frame begins with the address to return to. */
void registers_call_in_frame(struct user_regs_struct *registers, uint64_t function,
                             const struct registers_frame *frame, uint64_t restorer)
{
    (void)restorer;
    registers_go(registers, function);
    registers_set_stack(registers, frame->address);
}

#endif
