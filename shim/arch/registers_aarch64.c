/*
 * aarch64: registers of a stopped thread, by what Go and the procedure call standard keep in
 * them.
 */
#include "shim/arch/registers.h"

#if defined(__aarch64__)

#include <asm/sigcontext.h>
#include <string.h>
#include <ucontext.h>

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

/* mov x8, #139; svc #0: rt_sigreturn (arch/arm64/kernel/vdso/sigreturn.S). */
const unsigned char registers_restorer[REGISTERS_RESTORER_MAX] = {0x68, 0x11, 0x80, 0xd2,
                                                                  0x01, 0x00, 0x00, 0xd4};
const size_t registers_restorer_size = sizeof(registers_restorer);

/*
 * As the kernel lays it out: arch/arm64/kernel/signal.c, struct rt_sigframe. Behind the general
 * registers comes a list of records (arch/arm64/include/uapi/asm/sigcontext.h). That of the
 * floating point registers must be there; those of SVE and later, which need not survive a call,
 * are left out.
 */
struct frame {
    siginfo_t info;
    ucontext_t context;
};

struct records {
    struct fpsimd_context floating;
    struct _aarch64_ctx end;
};

/* What PTRACE_GETREGSET gives for NT_PRFPREG: arch/arm64/include/uapi/asm/ptrace.h. */
struct floating {
    unsigned char vectors[512];
    uint32_t status;
    uint32_t control;
};

static void fill_records(const unsigned char *bytes, struct records *records)
{
    struct floating floating;

    memcpy(&floating, bytes, sizeof(floating));
    *records = (struct records){
        .floating = {.head = {.magic = FPSIMD_MAGIC, .size = sizeof(records->floating)},
                     .fpsr = floating.status,
                     .fpcr = floating.control}};
    memcpy(records->floating.vregs, floating.vectors, sizeof(floating.vectors));
}

void registers_make_frame(const struct user_regs_struct *registers, const unsigned char *floating,
                          uint64_t mask, const stack_t *alternate, uint64_t restorer,
                          struct registers_frame *out)
{
    /* The kernel's room for records that we do not make is left out, but not of the place. */
    const size_t behind = offsetof(struct frame, context.uc_mcontext.__reserved);
    const size_t whole = sizeof(struct frame);
    struct frame *const frame = (struct frame *)(void *)out->bytes;
    struct records records;

    _Static_assert(offsetof(struct frame, context.uc_mcontext.__reserved) + sizeof(records) <=
                       sizeof(out->bytes),
                   "room");
    (void)restorer;
    memset(out, 0, sizeof(*out));
    out->address = (registers->sp - whole) & -(uint64_t)16;
    out->size = behind + sizeof(records);
    frame->context.uc_stack = *alternate;
    memcpy(&frame->context.uc_sigmask, &mask, sizeof(mask));
    memcpy(frame->context.uc_mcontext.regs, registers->regs, sizeof(registers->regs));
    frame->context.uc_mcontext.sp = registers->sp;
    frame->context.uc_mcontext.pc = registers->pc;
    frame->context.uc_mcontext.pstate = registers->pstate;
    fill_records(floating, &records);
    memcpy(out->bytes + behind, &records, sizeof(records));
}

void registers_call_in_frame(struct user_regs_struct *registers, uint64_t function,
                             const struct registers_frame *frame, uint64_t restorer)
{
    registers->regs[LINK_REGISTER] = restorer;
    registers_go(registers, function);
    registers_set_stack(registers, frame->address);
}

#endif
