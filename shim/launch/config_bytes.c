/*
 * The pipe is enlarged to hold everything, because a memfd or a file would keep the secrets
 * readable in /proc for the life of the box. An unprivileged process may have 1 MiB (pipe(7));
 * configurations of boxlite have a few KiB.
 */
#include "shim/base/descriptors.h"
#include "shim/launch/config_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_ROOM 65536U

/* Mapped, not allocated: mremap moves pages and leaves no copy behind. */
static int make_room(struct config_bytes *config)
{
    const size_t room = config->room == 0 ? FIRST_ROOM : 2 * config->room;
    void *bytes;

    if (config->bytes == NULL) {
        bytes = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    } else {
        bytes = mremap(config->bytes, config->room, room, MREMAP_MAYMOVE);
    }
    if (bytes == MAP_FAILED) {
        return -1;
    }
    config->bytes = bytes;
    config->room = room;
    /* Best effort: a core dump need not hold them. */
    madvise(bytes, room, MADV_DONTDUMP);
    return 0;
}

static int wait_readable(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&input, 1, -1) < 0 && errno != EINTR ? -1 : 0;
}

int config_bytes_read(struct config_bytes *out)
{
    memset(out, 0, sizeof(*out));
    for (;;) {
        ssize_t count;

        if (out->length == out->room && make_room(out) != 0) {
            return -1;
        }
        count = read(STDIN_FILENO, out->bytes + out->length, out->room - out->length);
        if (count == 0) {
            return 0;
        }
        if (count > 0) {
            out->length += (size_t)count;
        } else if (errno == EAGAIN ? wait_readable() != 0 : errno != EINTR) {
            return -1;
        }
    }
}

void config_bytes_drain(void)
{
    char buffer[4096];
    ssize_t count;

    do {
        count = read(STDIN_FILENO, buffer, sizeof(buffer));
    } while (count > 0 ||
             (count < 0 && (errno == EINTR || (errno == EAGAIN && wait_readable() == 0))));
    explicit_bzero(buffer, sizeof(buffer));
}

/* Writes from *done on as far as the pipe takes it. False with errno if that was not all. */
static bool write_rest(int pipe, const struct config_bytes *config, size_t *done)
{
    while (*done < config->length) {
        const ssize_t count = write(pipe, config->bytes + *done, config->length - *done);

        if (count >= 0) {
            *done += (size_t)count;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Holds nothing but the pipe: whoever waits for the end of one of our descriptors would wait for
   this process as well. System calls only, since threads may have been about when it was forked. */
static void feed(int pipe, const struct config_bytes *config, size_t done)
{
    if (pipe > 0) {
        descriptors_close(0, (unsigned)pipe - 1);
    }
    descriptors_close((unsigned)pipe + 1, UINT_MAX);
    if (fcntl(pipe, F_SETFL, 0) == 0) {
        write_rest(pipe, config, &done);
    }
    explicit_bzero(config->bytes, config->length);
    _exit(0);
}

static int start_feeder(int pipe, const struct config_bytes *config, size_t done, bool child)
{
    const pid_t first = fork();
    int status = 0;

    if (first < 0) {
        return -1;
    }
    if (first == 0) {
        const pid_t second = child ? 0 : fork();

        if (second == 0) {
            feed(pipe, config, done);
        }
        _exit(second < 0);
    }
    if (child) {
        return 0;
    }
    while (waitpid(first, &status, 0) < 0) {
        if (errno != EINTR) {
            return 0; /* SIGCHLD is ignored: nothing is left to wait for */
        }
    }
    errno = EAGAIN;
    return status == 0 ? 0 : -1;
}

int config_bytes_hand_on(const struct config_bytes *config, bool child_is_reaped)
{
    int ends[2];
    size_t done = 0;
    int status = -1;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    /* Refused where the user's share of pipe memory is used up; then less fits. */
    if (config->length > (size_t)fcntl(ends[1], F_GETPIPE_SZ) && config->length <= INT_MAX) {
        fcntl(ends[1], F_SETPIPE_SZ, (int)config->length);
    }
    if (fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0) {
        if (write_rest(ends[1], config, &done)) {
            status = 0;
        } else if (errno == EAGAIN) {
            status = start_feeder(ends[1], config, done, child_is_reaped);
        }
    }
    if (status == 0 && ends[0] != STDIN_FILENO) {
        status = dup2(ends[0], STDIN_FILENO) < 0 ? -1 : 0;
    } else if (status == 0) {
        status = fcntl(STDIN_FILENO, F_SETFD, 0);
    }
    if (ends[0] != STDIN_FILENO) {
        descriptors_close_one(ends[0]);
    }
    descriptors_close_one(ends[1]);
    return status;
}

void config_bytes_clear(struct config_bytes *config)
{
    if (config->bytes != NULL) {
        explicit_bzero(config->bytes, config->length);
        munmap(config->bytes, config->room);
    }
    memset(config, 0, sizeof(*config));
}
