/* The kernel's own interface: arguments in registers, a result from -4095 to -1 is an errno. */
#include "resolver/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)

static long enter(long number, long first, long second, long third, long fourth, long fifth,
                  long sixth)
{
    register long r10 __asm__("r10") = fourth;
    register long r8 __asm__("r8") = fifth;
    register long r9 __asm__("r9") = sixth;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)

static long enter(long number, long first, long second, long third, long fourth, long fifth,
                  long sixth)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = first;
    register long x1 __asm__("x1") = second;
    register long x2 __asm__("x2") = third;
    register long x3 __asm__("x3") = fourth;
    register long x4 __asm__("x4") = fifth;
    register long x5 __asm__("x5") = sixth;

    __asm__ volatile("svc\t0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}

#else
#error "boxlite-allownet runs on x86-64 and aarch64"
#endif

static long result_of(long result)
{
    if (result < 0 && result >= -4095) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

static long address_of(const void *pointer)
{
    return (long)(intptr_t)pointer;
}

int raw_socket(int family, int type)
{
    return (int)result_of(
        enter(SYS_socket, family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 0, 0, 0));
}

int raw_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    return (int)result_of(enter(SYS_connect, fd, address_of(address), (long)length, 0, 0, 0));
}

ssize_t raw_send(int fd, const void *bytes, size_t size)
{
    return result_of(enter(SYS_sendto, fd, address_of(bytes), (long)size, MSG_NOSIGNAL, 0, 0));
}

ssize_t raw_receive(int fd, void *buffer, size_t size, int flags)
{
    return result_of(enter(SYS_recvfrom, fd, address_of(buffer), (long)size, flags, 0, 0));
}

int raw_close(int fd)
{
    return (int)result_of(enter(SYS_close, fd, 0, 0, 0, 0, 0));
}

/* The table holds as many as its highest number asks for (F_DUPFD of fcntl(2)). */
void raw_make_room(size_t count)
{
    const int lowest = raw_socket(AF_INET, SOCK_DGRAM);
    long highest;

    if (lowest < 0) {
        return;
    }
    highest =
        result_of(enter(SYS_fcntl, lowest, F_DUPFD_CLOEXEC, (long)lowest + (long)count, 0, 0, 0));
    if (highest >= 0) {
        (void)raw_close((int)highest);
    }
    (void)raw_close(lowest);
}

ssize_t raw_random(void *buffer, size_t size)
{
    return result_of(enter(SYS_getrandom, address_of(buffer), (long)size, GRND_NONBLOCK, 0, 0, 0));
}
