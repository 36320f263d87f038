/* The smallest file that attach takes for a boxlite-shim. corpus/elf was made of it, see
 * `make fuzz-elf-seeds`; x86-64 only. */

    .macro FUNCTION name
    .globl "\name"
    .type "\name", @function
"\name":
    .endm

    .text
FUNCTION _start
FUNCTION malloc
    nop
    .size malloc, . - malloc
FUNCTION free
    nop
    .size free, . - free
FUNCTION sigaltstack
FUNCTION waitpid
FUNCTION __restore_rt
FUNCTION gvproxy_set_log_callback
FUNCTION krun_start_enter
    ret
FUNCTION gvproxy_create
    mov $FRAME, %edx
    .fill 40, 1, 0x90
    .size gvproxy_create, . - gvproxy_create
FUNCTION "net.(*Resolver).lookupIPAddr"
    .byte 0x4d, 0x85, LENGTH_REGISTER /* test %r9,%r9 */
    ret
    .size "net.(*Resolver).lookupIPAddr", . - "net.(*Resolver).lookupIPAddr"
FUNCTION main.create
    call "net.(*Resolver).lookupIPAddr"
    call "net.(*Resolver).lookupIPAddr"
    ret
    .size main.create, . - main.create
#ifdef MARKER
    .ascii "allowNet: DNS sinkhole configured"
#endif
#ifdef INTERPRETER
    .section .interp, "a"
    .asciz "/lib64/ld-linux-x86-64.so.2"
#endif
    .section .note.GNU-stack, "", @progbits
