/* The sockets and the time of a fuzzed resolver. */
#include "tests/fuzz/fake_net.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/fuzz/fake_answer.h"
#include "tests/fuzz/fuzz.h"

enum {
    FIRST_FD = 1 << 20, /* no descriptor of the process is as high */
    SOCKETS = 64,
    PENDING = 8,
    PIECE = 5
};

struct pending {
    unsigned char *bytes; /* owned */
    size_t size;
    size_t taken;
    int64_t at_ms;
    int error; /* errno of receiving, instead of bytes */
};

struct fake_socket {
    bool open;
    bool stream;
    bool in_pieces;
    struct pending pending[PENDING];
    size_t pending_count;
};

static struct {
    const char *conf;
    size_t conf_size;
    int64_t now_ms;
    struct fake_socket sockets[SOCKETS];
} net;

int __wrap_raw_socket(int family, int type);
int __wrap_raw_connect(int fd, const struct sockaddr *address, socklen_t length);
ssize_t __wrap_raw_send(int fd, const void *bytes, size_t size);
ssize_t __wrap_raw_receive(int fd, void *buffer, size_t size, int flags);
int __wrap_raw_close(int fd);
FILE *__wrap_fopen(const char *path, const char *mode);

FILE *__real_fopen(const char *path, const char *mode);

/* ---- what is under way --------------------------------------------------------------------- */

static void add_pending(struct fake_socket *socket, const unsigned char *bytes, size_t size,
                        int64_t at_ms, int error)
{
    struct pending *pending = &socket->pending[socket->pending_count];

    if (socket->pending_count == PENDING) {
        return;
    }
    *pending =
        (struct pending){.bytes = malloc(size + 1), .size = size, .at_ms = at_ms, .error = error};
    fuzz_require(pending->bytes != NULL);
    memcpy(pending->bytes, bytes, size);
    socket->pending_count++;
}

static void drop_first(struct fake_socket *socket)
{
    free(socket->pending[0].bytes);
    socket->pending_count--;
    memmove(socket->pending, socket->pending + 1,
            socket->pending_count * sizeof(socket->pending[0]));
}

/* Returns 0, or the errno that sending has. */
static int answer(struct fake_socket *socket, const unsigned char *query, size_t size)
{
    struct fake_answer taken;
    int64_t at_ms;

    fake_answer_next(query, size, socket->stream, &taken);
    at_ms = net.now_ms + taken.delay_ms;
    socket->in_pieces = taken.split;
    if (taken.how == FAKE_ANSWER_NO_WAY) {
        return ENETUNREACH;
    }
    if (taken.how == FAKE_ANSWER_SILENCE) {
        return 0;
    }
    add_pending(socket, taken.bytes, taken.size, at_ms,
                taken.how == FAKE_ANSWER_REFUSED ? ECONNREFUSED : 0);
    if (taken.split && !socket->stream) {
        add_pending(socket, taken.bytes, taken.size, at_ms, 0);
    }
    return 0;
}

/* ---- system calls -------------------------------------------------------------------------- */

static struct fake_socket *find(int fd)
{
    if (fd < FIRST_FD || fd >= FIRST_FD + SOCKETS || !net.sockets[fd - FIRST_FD].open) {
        return NULL;
    }
    return &net.sockets[fd - FIRST_FD];
}

int __wrap_raw_socket(int family, int type)
{
    (void)family;
    for (int i = 0; i < SOCKETS; i++) {
        if (!net.sockets[i].open) {
            net.sockets[i] = (struct fake_socket){.open = true, .stream = type == SOCK_STREAM};
            return FIRST_FD + i;
        }
    }
    errno = EMFILE;
    return -1;
}

int __wrap_raw_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    struct fake_socket *socket = find(fd);

    (void)address;
    (void)length;
    fuzz_require(socket != NULL);
    errno = EINPROGRESS;
    return socket->stream ? -1 : 0;
}

ssize_t __wrap_raw_send(int fd, const void *bytes, size_t size)
{
    struct fake_socket *socket = find(fd);
    const unsigned char *message = bytes;

    fuzz_require(socket != NULL);
    if (socket->stream) {
        fuzz_require(size > 2 && ((size_t)message[0] << 8 | message[1]) + 2 == size);
        errno = answer(socket, message + 2, size - 2);
    } else {
        errno = answer(socket, message, size);
    }
    return errno == 0 ? (ssize_t)size : -1;
}

ssize_t __wrap_raw_receive(int fd, void *buffer, size_t size, int flags)
{
    struct fake_socket *socket = find(fd);
    struct pending *pending;
    size_t count;
    size_t length;

    fuzz_require(socket != NULL && (flags & ~MSG_TRUNC) == 0);
    pending = &socket->pending[0];
    errno = EAGAIN;
    if (socket->pending_count == 0 || pending->at_ms > net.now_ms) {
        return -1;
    }
    if (pending->error != 0) {
        errno = pending->error;
        drop_first(socket);
        return -1;
    }
    length = pending->size - pending->taken;
    count = length < size ? length : size;
    if (socket->stream && socket->in_pieces && count > PIECE) {
        count = PIECE;
    }
    memcpy(buffer, pending->bytes + pending->taken, count);
    pending->taken += count;
    if (!socket->stream || pending->taken == pending->size) {
        drop_first(socket);
    }
    errno = 0;
    return (ssize_t)((flags & MSG_TRUNC) != 0 ? length : count);
}

int __wrap_raw_close(int fd)
{
    struct fake_socket *socket = find(fd);

    fuzz_require(socket != NULL);
    while (socket->pending_count > 0) {
        drop_first(socket);
    }
    socket->open = false;
    return 0;
}

/* Of /etc there is resolv.conf and a hosts file with one name. */
FILE *__wrap_fopen(const char *path, const char *mode)
{
    static char hosts[] = "192.0.2.77 hosted.example\n";

    if (strncmp(path, "/etc/", 5) != 0) {
        return __real_fopen(path, mode);
    }
    if (strcmp(path, "/etc/hosts") == 0) {
        return fmemopen(hosts, sizeof(hosts) - 1, "r");
    }
    if (strcmp(path, "/etc/resolv.conf") == 0 && net.conf_size > 0) {
        return fmemopen((void *)(uintptr_t)net.conf, net.conf_size, "r");
    }
    errno = ENOENT;
    return NULL;
}

/* ---- time ---------------------------------------------------------------------------------- */

static int64_t now_ms(void *context)
{
    (void)context;
    return net.now_ms;
}

/* What of `events` is there; *next becomes earlier if something comes before it. */
static short ready(int fd, short events, int64_t *next)
{
    const struct fake_socket *socket = find(fd);
    short revents = (short)(events & POLLOUT);

    if (socket == NULL) {
        return 0;
    }
    if ((events & POLLIN) != 0 && socket->pending_count > 0) {
        if (socket->pending[0].at_ms <= net.now_ms) {
            revents |= POLLIN;
        } else if (socket->pending[0].at_ms < *next) {
            *next = socket->pending[0].at_ms;
        }
    }
    return revents;
}

static int wait_for(void *context, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    const int64_t end_ms = net.now_ms + timeout_ms;

    (void)context;
    fuzz_require(timeout_ms >= 0);
    for (;;) {
        int64_t next_ms = end_ms;
        int found = 0;

        for (nfds_t i = 0; i < count; i++) {
            fds[i].revents = ready(fds[i].fd, fds[i].events, &next_ms);
            found += fds[i].revents != 0;
        }
        if (found > 0 || net.now_ms == end_ms) {
            return found;
        }
        net.now_ms = next_ms;
    }
}

const struct resolver_clock fake_net_clock = {.now_ms = now_ms, .wait = wait_for};

/* ---- life ---------------------------------------------------------------------------------- */

void fake_net_start(const uint8_t *bytes, size_t size, const char *conf, size_t conf_size)
{
    fake_answer_start(bytes, size);
    net.conf = conf;
    net.conf_size = conf_size;
    net.now_ms = 0;
}

size_t fake_net_open(void)
{
    size_t count = 0;

    for (size_t i = 0; i < SOCKETS; i++) {
        count += net.sockets[i].open;
    }
    return count;
}

int64_t fake_net_elapsed(void)
{
    return net.now_ms;
}
