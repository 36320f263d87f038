/*
 * A stand-in for libkrunfw.so.5. libkrun asks it for the kernel of the box and gets no answer, so a
 * shim stays in that call, its network up and serving, and needs no KVM. No libc: the shim is
 * static, and its loader must not bring in a second one.
 */
char *krunfw_get_kernel(unsigned long *load_address, unsigned long *entry, unsigned long *size);

#if defined(__aarch64__)
/* A static program asks each object that it loads for this, to hand its page size on (glibc,
   sysdeps/unix/sysv/linux/aarch64/dl-static.c), and does not load one that lacks it. boxlite's own
   libkrunfw lacks it: no published shim for aarch64 can start a box, repaired or not. */
void _dl_var_init(void **variables);

void _dl_var_init(void **variables)
{
    (void)variables;
}
#endif

char *krunfw_get_kernel(unsigned long *load_address, unsigned long *entry, unsigned long *size)
{
    (void)load_address;
    (void)entry;
    (void)size;
    for (;;) {
#if defined(__x86_64__)
        long number = 34; /* pause */

        __asm__ volatile("syscall" : "+a"(number) : : "rcx", "r11", "memory");
#elif defined(__aarch64__)
        /* ppoll(NULL, 0, NULL, NULL) */
        register long number __asm__("x8") = 73;
        register long first __asm__("x0") = 0;
        register long second __asm__("x1") = 0;
        register long third __asm__("x2") = 0;
        register long fourth __asm__("x3") = 0;

        __asm__ volatile("svc 0"
                         : "+r"(first)
                         : "r"(number), "r"(second), "r"(third), "r"(fourth)
                         : "memory");
#endif
    }
}
