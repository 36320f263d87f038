/*
 * Sockets by raw system call, for the resolver's own questions. Another object that is preloaded
 * into the process (torsocks, socket_wrapper) interposes libc's functions, syscall(2) among them,
 * and would send the questions elsewhere; the bridge that we stand in for calls the kernel directly
 * as well. Each function returns what the libc function of that name does, and sets errno as it
 * does. Thread safe, async-signal-safe.
 */
#ifndef RESOLVER_RAW_H
#define RESOLVER_RAW_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Non-blocking and close-on-exec; `type` is SOCK_DGRAM or SOCK_STREAM. */
int raw_socket(int family, int type);
int raw_connect(int fd, const struct sockaddr *address, socklen_t length);
/* Never raises SIGPIPE. */
ssize_t raw_send(int fd, const void *bytes, size_t size);
ssize_t raw_receive(int fd, void *buffer, size_t size, int flags);
int raw_close(int fd);
/* Lets the process's table of descriptors grow once for `count` more of them, not by doubling each
   time that it is full. None stays open; where it cannot be done, nothing has changed. */
void raw_make_room(size_t count);
/* getrandom(2) without waiting for the pool to fill. */
ssize_t raw_random(void *buffer, size_t size);

#endif
