/* What becomes of a start whose way through our command is closed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim/base/keep.h"
#include "shim/base/names.h"
#include "shim/base/quiet.h"
#include "shim/boxlite/bwrap_line.h"
#include "shim/boxlite/image.h"
#include "shim/carry/exec_route.h"

/* Descriptors are looked at up to here, and this long a silence of the parent's is waited for. */
enum { DESCRIPTORS_MAX = 4096, SILENCE_MS = 10000 };

/* strerrorname_np(3) is not in glibc 2.28, and strerror(3) is not for a vforked child. */
static const char *error_name(int error)
{
    switch (error) {
    case ENOENT:
        return "ENOENT";
    case EACCES:
        return "EACCES";
    case EPERM:
        return "EPERM";
    case ETXTBSY:
        return "ETXTBSY";
    case ENOEXEC:
        return "ENOEXEC";
    case ENOTDIR:
        return "ENOTDIR";
    case ELOOP:
        return "ELOOP";
    case ENOMEM:
        return "ENOMEM";
    case EAGAIN:
        return "EAGAIN";
    case E2BIG:
        return "E2BIG";
    case EIO:
        return "EIO";
    case ENAMETOOLONG:
        return "ENAMETOOLONG";
    default:
        return "the kernel refused it";
    }
}

/* Whether the shim is known to need no repair. */
static bool is_unaffected(struct exec_route *route)
{
    struct bwrap_line line;

    if (strcmp(names_base(route->path), NAMES_BWRAP) == 0) {
        line = bwrap_line_read(route->given_argv);
        if (line.kind != BWRAP_LINE_COMMAND ||
            bwrap_line_outside(route->given_argv, &line, route->given_argv[line.command],
                               route->path, sizeof(route->path)) != BWRAP_PLACE_KNOWN) {
            return false;
        }
    }
    return image_read(route->path) == IMAGE_UNAFFECTED;
}

/*
 * Whether someone waits for our exec to close a pipe or socket, as Python, Node and Rust do to
 * learn whether it failed. That one is told by the error, writes nothing before, and would wait for
 * us while we wait for it. A copy of the other end of our own input would keep it from ending, too.
 */
static bool exec_is_waited_for(void)
{
    for (int file = STDERR_FILENO + 1; file < DESCRIPTORS_MAX; file++) {
        const int flags = fcntl(file, F_GETFD);
        struct stat status;

        if (flags >= 0 && (flags & FD_CLOEXEC) != 0 && fstat(file, &status) == 0 &&
            (S_ISSOCK(status.st_mode) ||
             (S_ISFIFO(status.st_mode) && (fcntl(file, F_GETFL) & O_ACCMODE) != O_RDONLY))) {
            return true;
        }
    }
    return false;
}

/* A parent that finds its pipe broken reports that, and not the text on our standard error. */
static void drain_input(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    struct stat status;
    char buffer[1024];
    ssize_t count = 1;

    if (fstat(STDIN_FILENO, &status) != 0 ||
        (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode)) || exec_is_waited_for()) {
        return;
    }
    while (count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN))) {
        if (poll(&input, 1, SILENCE_MS) == 0) {
            break;
        }
        count = read(STDIN_FILENO, buffer, sizeof(buffer));
    }
    explicit_bzero(buffer, sizeof(buffer));
}

static void say(const struct exec_route *route, int error)
{
    static const char head[] = "boxlite-allownet: ERROR allowNet: cannot start ";
    static const char refused[] = "), which has to lie beside libboxlite_allownet.so; put it "
                                  "there, or set BOXLITE_ALLOWNET=off to start boxes unrepaired\n";
    static const char tolerated[] = "), which has to lie beside libboxlite_allownet.so; the box "
                                    "starts unrepaired\n";
    static const char strange[] = "), which others can change, unlike libboxlite_allownet.so; "
                                  "put the right one there, or set BOXLITE_ALLOWNET=off to start "
                                  "boxes unrepaired\n";
    const char *name = error_name(error);
    const char *tail = route->carry->tolerant         ? tolerated
                       : exec_route_is_trusted(route) ? refused
                                                      : strange;
    const struct iovec parts[] = {
        {.iov_base = (void *)head, .iov_len = strlen(head)},
        {.iov_base = (void *)route->carry->command, .iov_len = strlen(route->carry->command)},
        {.iov_base = (void *)" (", .iov_len = 2},
        {.iov_base = (void *)name, .iov_len = strlen(name)},
        {.iov_base = (void *)tail, .iov_len = strlen(tail)},
    };
    const ssize_t ignored = quiet_writev(STDERR_FILENO, parts, sizeof(parts) / sizeof(parts[0]));

    (void)ignored;
}

bool exec_route_give_up(struct exec_route *route, bool has_input)
{
    KEEP_ERRNO;
    const int error = errno;
    const bool goes_on = is_unaffected(route) || route->carry->tolerant;

    if (!goes_on || route->carry->tolerant) {
        say(route, error);
    }
    if (!goes_on && has_input) {
        drain_input();
    }
    return goes_on;
}
