/* Opens regular files alone; closes, by close_range(2) where there is one. */
#include "shim/base/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/base/keep.h"

#ifndef SYS_close_range
#define SYS_close_range 436 /* on every processor, as all numbers from 424 on */
#endif

/* No descriptor is above the limit, unless the limit was lowered: then what lies above stays open,
   as it does with every program that closes by number. */
static unsigned highest(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return 1U << 20; /* the kernel's own highest limit, fs.nr_open */
    }
    return (unsigned)limit.rlim_cur;
}

int descriptors_open_file(const char *path)
{
    const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    const int place = open(path, O_PATH | O_CLOEXEC);
    char reopened[32];
    struct stat status;
    int file = -1;

    if (place < 0) {
        return -1;
    }
    if (fstat(place, &status) == 0) {
        if (S_ISREG(status.st_mode)) {
            snprintf(reopened, sizeof(reopened), "/proc/self/fd/%d", place);
            file = open(reopened, flags);
            if (file < 0 && errno == ENOENT) { /* there is no /proc, or another namespace's */
                file = open(path, flags);
            }
        } else {
            errno = ENODEV;
        }
    }
    descriptors_close_one(place);
    return file;
}

void descriptors_close_one(int descriptor)
{
    KEEP_ERRNO;

    close(descriptor);
}

void descriptors_close(unsigned first, unsigned last)
{
    unsigned limit;

    if (syscall(SYS_close_range, first, last, 0) == 0 || errno != ENOSYS) {
        return;
    }
    limit = highest();
    for (unsigned descriptor = first; descriptor <= last && descriptor < limit; descriptor++) {
        close((int)descriptor);
    }
}
