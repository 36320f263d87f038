/*
 * A preload that lets nothing through to the network, as torsocks does with UDP: whatever asks libc
 * for an internet socket, or for anything with one, gets EACCES. Other sockets, and waiting, are as
 * ever. Each program that it is loaded into is a line in the file that DENY_SOCKETS_SEEN names.
 */
/* With GNU's own declarations an address is a union, and cannot be given on. */
#undef _GNU_SOURCE
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

__attribute__((constructor)) static void note(void)
{
    const char *seen = getenv("DENY_SOCKETS_SEEN");
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    int fd = seen != NULL ? open(seen, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;

    if (fd >= 0) {
        if (length > 0) {
            program[length++] = '\n';
            length = write(fd, program, (size_t)length);
        }
        (void)close(fd);
    }
}

static bool denied(int domain)
{
    if (domain != AF_INET && domain != AF_INET6) {
        return false;
    }
    errno = EACCES;
    return true;
}

static bool denied_with(int fd)
{
    int before = errno;
    int domain = AF_UNSPEC;
    socklen_t size = sizeof(domain);

    (void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    errno = before;
    return denied(domain);
}

EXPORTED int socket(int domain, int type, int protocol)
{
    return denied(domain) ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

EXPORTED int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    return denied_with(fd) ? -1 : (int)syscall(SYS_connect, fd, address, length);
}

EXPORTED ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    return denied_with(fd) ? -1 : syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0);
}

EXPORTED ssize_t sendto(int fd, const void *bytes, size_t size, int flags,
                        const struct sockaddr *address, socklen_t length)
{
    return denied_with(fd) ? -1 : syscall(SYS_sendto, fd, bytes, size, flags, address, length);
}

EXPORTED ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return denied_with(fd) ? -1 : syscall(SYS_sendmsg, fd, message, flags);
}

EXPORTED ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    return denied_with(fd) ? -1 : syscall(SYS_recvfrom, fd, buffer, size, flags, NULL, NULL);
}

EXPORTED ssize_t recvfrom(int fd, void *restrict buffer, size_t size, int flags,
                          struct sockaddr *restrict address, socklen_t *restrict length)
{
    return denied_with(fd) ? -1 : syscall(SYS_recvfrom, fd, buffer, size, flags, address, length);
}

EXPORTED ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return denied_with(fd) ? -1 : syscall(SYS_recvmsg, fd, message, flags);
}
