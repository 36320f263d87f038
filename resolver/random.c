/*
 * getrandom(2), and where a kernel or a filter has none, or its pool is not filled yet,
 * /dev/urandom. Nothing is kept: a process that forks must not have the same numbers twice.
 */
#include "resolver/random.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "resolver/raw.h"

int random_16(uint16_t *number)
{
    ssize_t got;
    int fd;

    if (raw_random(number, sizeof(*number)) == (ssize_t)sizeof(*number)) {
        return 0;
    }
    fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    got = read(fd, number, sizeof(*number));
    (void)close(fd);
    return got == (ssize_t)sizeof(*number) ? 0 : EIO;
}
