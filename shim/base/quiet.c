/* Blocks the signals of a write, and takes back the one that it has raised. */
#include "shim/base/quiet.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct quiet {
    sigset_t mask;    /* the thread's own */
    sigset_t pending; /* before the write */
};

static void begin(struct quiet *quiet)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGPIPE);
    sigaddset(&blocked, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &blocked, &quiet->mask);
    /* While they are blocked: one that is delivered in between is not pending any more. */
    sigpending(&quiet->pending);
}

/* The signal that a write with this outcome may have raised; 0 for none. A pipe's last reader may
   have gone in the middle of it. */
static int raised_by(ssize_t result, size_t size, int error)
{
    if (result >= 0) {
        return (size_t)result < size ? SIGPIPE : 0;
    }
    return error == EPIPE ? SIGPIPE : error == EFBIG ? SIGXFSZ : 0;
}

/* The kernel signs what a write raises as kill(2) of this process to itself. */
static bool is_ours(const siginfo_t *info)
{
    return info->si_code == SI_USER && info->si_pid == getpid();
}

/*
 * Takes back what the write has raised. It waits for this thread, and comes out before one that was
 * sent to the whole process, which stays. A signal that somebody has sent to this very thread
 * meanwhile has taken the place of ours, since there is one of a kind at most: it is put back.
 */
static void take_back(const struct quiet *quiet, int number)
{
    static const struct timespec at_once;
    siginfo_t info;
    sigset_t wanted;

    /* With one there already ours has left no trace. */
    if (sigismember(&quiet->pending, number) == 1) {
        return;
    }
    sigemptyset(&wanted);
    sigaddset(&wanted, number);
    /* By system call: libc's passes SI_TKILL off as SI_USER. */
    if (syscall(SYS_rt_sigtimedwait, &wanted, &info, &at_once, NSIG / 8) != number ||
        is_ours(&info)) {
        return;
    }
    if (info.si_code == SI_TKILL) {
        syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), number, &info);
    } else {
        syscall(SYS_rt_sigqueueinfo, getpid(), number, &info);
    }
}

/* Returns `result`, with errno where it is -1, else as it was `before`. */
static ssize_t end(const struct quiet *quiet, ssize_t result, size_t size, int before)
{
    const int error = errno;
    const int number = raised_by(result, size, error);

    if (number != 0) {
        take_back(quiet, number);
    }
    pthread_sigmask(SIG_SETMASK, &quiet->mask, NULL);
    errno = result < 0 ? error : before;
    return result;
}

ssize_t quiet_writev(int descriptor, const struct iovec *parts, int count)
{
    const int before = errno;
    struct quiet quiet;
    size_t size = 0;

    for (int i = 0; i < count; i++) {
        size += parts[i].iov_len;
    }
    begin(&quiet);
    return end(&quiet, writev(descriptor, parts, count), size, before);
}

ssize_t quiet_pwrite(int descriptor, const void *bytes, size_t size, off_t at)
{
    const int before = errno;
    struct quiet quiet;

    begin(&quiet);
    return end(&quiet, pwrite(descriptor, bytes, size, at), size, before);
}
