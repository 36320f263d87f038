/*
 * Coverage counters are written at exit(3). Our command leaves by _exit(2) and by a raw execve(2):
 * linked with --wrap for both, they write them first.
 */
#include <stdarg.h>
#include <sys/syscall.h>

/* Of libgcov. */
void __gcov_dump(void);
void __gcov_reset(void);

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

static void flush(void)
{
    __gcov_dump();
    __gcov_reset();
}

void __wrap__exit(int status)
{
    flush();
    __real__exit(status);
}

/* Arguments that the caller did not give are whatever lies there, as for the original. */
long __wrap_syscall(long number, ...)
{
    long words[6];
    va_list arguments;

    va_start(arguments, number);
    for (int i = 0; i < 6; i++) {
        words[i] = va_arg(arguments, long);
    }
    va_end(arguments);
    if (number == SYS_execve) {
        flush();
    }
    return __real_syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
