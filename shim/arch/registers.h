/*
 * Registers of a traced thread: breakpoints, calls made in its name, and Go's calling convention.
 */
#ifndef SHIM_ARCH_REGISTERS_H
#define SHIM_ARCH_REGISTERS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

/* The instruction that traps, as it lies in memory. */
#define REGISTERS_BREAKPOINT_MAX 4
extern const unsigned char registers_breakpoint[REGISTERS_BREAKPOINT_MAX];
extern const size_t registers_breakpoint_size;

/* Address of the breakpoint that a thread has just run into. */
uint64_t registers_trap(const struct user_regs_struct *registers);

/* Address of the instruction that comes next, and the thread made to go on at another. */
uint64_t registers_next(const struct user_regs_struct *registers);
void registers_go(struct user_regs_struct *registers, uint64_t address);

uint64_t registers_stack(const struct user_regs_struct *registers);
void registers_set_stack(struct user_regs_struct *registers, uint64_t address);

/* Integer argument `index`, 0 to 5, of the C function that is about to begin, and its result once
   it has returned. */
uint64_t registers_argument(const struct user_regs_struct *registers, unsigned index);
void registers_set_argument(struct user_regs_struct *registers, unsigned index, uint64_t value);
uint64_t registers_result(const struct user_regs_struct *registers);
void registers_set_result(struct user_regs_struct *registers, uint64_t value);

/*
 * As the call instruction does: `function` is to begin, and to return to `return_to`. True if
 * `return_to` has also to be stored at the new stack pointer.
 */
bool registers_call(struct user_regs_struct *registers, uint64_t function, uint64_t return_to);

/*
 * Where the function that is about to begin will return to, and the return itself. `word` is what
 * lies at the stack pointer.
 */
uint64_t registers_return_address(const struct user_regs_struct *registers, uint64_t word);
void registers_return(struct user_regs_struct *registers, uint64_t word);

/*
 * Go's net.(*Resolver).lookupIPAddr(r, ctx, network, host string) ([]net.IPAddr, error), at the
 * instruction that calls it (Go's internal ABI, cmd/compile/abi-internal.md). The receiver takes
 * one register, ctx and network two each, and the host the next two: address and length.
 */
struct registers_text {
    uint64_t address;
    uint64_t length;
};

struct registers_text registers_lookup_host(const struct user_regs_struct *registers);

/* An empty host: Go answers "no such host" without asking anybody. */
void registers_forget_host(struct user_regs_struct *registers);

/* The call has returned `count` net.IPAddr at `addresses`, and no error. */
void registers_answer_lookup(struct user_regs_struct *registers, uint64_t addresses,
                             uint64_t count);

/* Address of the instruction behind the call. */
uint64_t registers_behind_call(uint64_t call);

/* The code that a signal handler returns to, where it is the kernel's; of size 0 where each program
   has its own. */
#define REGISTERS_RESTORER_MAX 8
extern const unsigned char registers_restorer[REGISTERS_RESTORER_MAX];
extern const size_t registers_restorer_size;

/*
 * A signal frame: a thread that returns to `restorer` with its stack pointer at the frame goes on
 * with the registers, signal mask and alternate stack given.
 */
struct registers_frame {
    uint64_t address; /* where it has to lie */
    size_t size;
    unsigned char bytes[2048];
};

#define REGISTERS_FLOATING_SIZE 1024

/*
 * Makes a frame below the stack pointer of `registers`. `floating` is what PTRACE_GETREGSET gives
 * for NT_PRFPREG.
 */
void registers_make_frame(const struct user_regs_struct *registers, const unsigned char *floating,
                          uint64_t mask, const stack_t *alternate, uint64_t restorer,
                          struct registers_frame *out);

/* `function`, which has its arguments, is to begin, and to return through the frame. */
void registers_call_in_frame(struct user_regs_struct *registers, uint64_t function,
                             const struct registers_frame *frame, uint64_t restorer);

#endif
