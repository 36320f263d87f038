/* Stops, registers and memory, by ptrace and process_vm_readv. */
#include "shim/attach/thread/tracee.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE ((size_t)4096)

int tracee_seize(pid_t pid)
{
    return ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? 0 : errno;
}

/* Whether a SIGTRAP comes from an instruction, and not from another process's kill(2). Where that
   cannot be told it is looked at as if it did: handed on, it would end the tracee. */
static bool is_own_trap(pid_t pid)
{
    siginfo_t info;

    return ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) != 0 || info.si_code > 0;
}

static bool stops_group(int number)
{
    return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* The signal that it has stopped with, and not yet got; 0 for a stop of another kind. */
static int signal_of(int status)
{
    return status >> 16 == 0 ? WSTOPSIG(status) : 0;
}

/* Lets it go on from a stop that is not ours: with its signal, or waiting with its group. */
static bool pass_on(pid_t pid, int status)
{
    if (status >> 16 == PTRACE_EVENT_STOP && stops_group(WSTOPSIG(status))) {
        return ptrace(PTRACE_LISTEN, pid, NULL, NULL) == 0;
    }
    return ptrace(PTRACE_CONT, pid, NULL, (void *)(uintptr_t)signal_of(status)) == 0;
}

/* False once there is nothing more to wait for: it has ended, or is not ours. It is the only one
   that we have. By its pid it would be waited for in vain if another thread takes that over
   (execve(2)); seen on Linux 6.18. */
static bool wait_stopped(pid_t pid, int *status)
{
    pid_t got;

    do {
        got = waitpid(-1, status, __WALL);
    } while (got < 0 && errno == EINTR);
    return got == pid && WIFSTOPPED(*status);
}

/* Whether we may read and write its memory, which is a copy of ours or the other way round: 0, or
   an errno. */
static int try_memory(pid_t pid)
{
    static uint64_t probe = 1;
    const uint64_t address = (uint64_t)(uintptr_t)&probe;
    uint64_t seen = 0;

    if (!tracee_read(pid, address, &seen, sizeof(seen)) ||
        !tracee_write(pid, address, &seen, sizeof(seen))) {
        return errno;
    }
    return 0;
}

int tracee_hold(pid_t pid, bool *ends_with_us)
{
    const uintptr_t options = PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    bool kills = false;
    int error;
    int status;

    *ends_with_us = false;
    if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0) {
        return errno;
    }
    if (!wait_stopped(pid, &status)) {
        return ESRCH;
    }
    error = try_memory(pid);
    if (error == 0) {
        kills = ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) == 0;
        if (kills && pass_on(pid, status)) {
            return 0;
        }
        error = errno;
    }
    if (ptrace(PTRACE_DETACH, pid, NULL, (void *)(uintptr_t)signal_of(status)) != 0) {
        /* Without the option it goes on as soon as we have ended. */
        *ends_with_us = kills && ptrace(PTRACE_SETOPTIONS, pid, NULL, NULL) != 0 && errno != ESRCH;
    }
    return error;
}

/* How it has ended that got `number` last; `status` is that of the wait, 0 where there was nobody
   to wait for. A process ends as a whole, so by what another thread of it died of. */
static enum tracee_stop describe_end(pid_t pid, int status, int number)
{
    if (status == 0) {
        return getppid() == pid ? TRACEE_LOST : TRACEE_ENDED;
    }
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGTRAP && number != SIGTRAP ? TRACEE_TRAPPED
                                                                                   : TRACEE_ENDED;
}

/* Awaits the next stop of a thread that has been handed signal `number`. */
static enum tracee_stop wait_after(pid_t pid, int number)
{
    int status;

    for (;;) {
        status = 0;
        if (!wait_stopped(pid, &status)) {
            return describe_end(pid, status, number);
        }
        if (status >> 16 == PTRACE_EVENT_EXEC) {
            return TRACEE_EXEC;
        }
        if (status >> 16 == 0 && WSTOPSIG(status) == SIGTRAP && is_own_trap(pid)) {
            return TRACEE_TRAP;
        }
        number = signal_of(status);
        /* It may be killed at any moment; then the next wait says so. */
        if (!pass_on(pid, status) && errno != ESRCH) {
            return TRACEE_ENDED;
        }
    }
}

enum tracee_stop tracee_wait(pid_t pid)
{
    return wait_after(pid, 0);
}

enum tracee_stop tracee_continue(pid_t pid, int number)
{
    /* It may be gone: the wait says so. */
    if (ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)number) != 0 && errno != ESRCH) {
        return TRACEE_ENDED;
    }
    return wait_after(pid, number);
}

void tracee_end(pid_t pid)
{
    /* As long as it is our parent the pid is its own, and if it ends before the call we do, too. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == pid) {
        kill(pid, SIGKILL);
    }
}

bool tracee_is_held(pid_t pid)
{
    siginfo_t info;
    int status;

    if (ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0 || errno != ESRCH) {
        return true;
    }
    /* Not stopped: it is ending, or goes on after a wait that failed, to its next stop. */
    return wait_stopped(pid, &status);
}

bool tracee_release(pid_t pid)
{
    return ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0;
}

bool tracee_registers(pid_t pid, struct user_regs_struct *out)
{
    struct iovec place = {.iov_base = out, .iov_len = sizeof(*out)};

    return ptrace(PTRACE_GETREGSET, pid, (void *)(uintptr_t)NT_PRSTATUS, &place) == 0;
}

bool tracee_set_registers(pid_t pid, const struct user_regs_struct *registers)
{
    struct iovec place = {.iov_base = (void *)registers, .iov_len = sizeof(*registers)};

    return ptrace(PTRACE_SETREGSET, pid, (void *)(uintptr_t)NT_PRSTATUS, &place) == 0;
}

bool tracee_floating(pid_t pid, unsigned char *buffer, size_t size)
{
    struct iovec place = {.iov_base = buffer, .iov_len = size};

    return ptrace(PTRACE_GETREGSET, pid, (void *)(uintptr_t)NT_PRFPREG, &place) == 0;
}

bool tracee_mask(pid_t pid, uint64_t *out)
{
    return ptrace(PTRACE_GETSIGMASK, pid, (void *)sizeof(*out), out) == 0;
}

bool tracee_set_mask(pid_t pid, uint64_t mask)
{
    return ptrace(PTRACE_SETSIGMASK, pid, (void *)sizeof(mask), &mask) == 0;
}

static bool peek(pid_t pid, uint64_t address, long *word)
{
    errno = 0;
    *word = ptrace(PTRACE_PEEKTEXT, pid, (void *)(uintptr_t)address, NULL);
    return errno == 0;
}

/* A piece of memory that lies within one aligned word, and so within one page. */
struct piece {
    uint64_t word;
    size_t offset;
    size_t size;
};

static struct piece first_piece(uint64_t address, size_t size)
{
    const size_t offset = (size_t)(address % sizeof(long));
    const size_t room = sizeof(long) - offset;

    return (struct piece){
        .word = address - offset, .offset = offset, .size = size < room ? size : room};
}

bool tracee_read_code(pid_t pid, uint64_t address, void *buffer, size_t size)
{
    for (size_t done = 0; done < size;) {
        const struct piece piece = first_piece(address + done, size - done);
        long word;

        if (!peek(pid, piece.word, &word)) {
            return false;
        }
        memcpy((char *)buffer + done, (char *)&word + piece.offset, piece.size);
        done += piece.size;
    }
    return true;
}

bool tracee_write_code(pid_t pid, uint64_t address, const void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        const struct piece piece = first_piece(address + done, size - done);
        long word = 0;

        if (piece.size < sizeof(word) && !peek(pid, piece.word, &word)) {
            return false;
        }
        memcpy((char *)&word + piece.offset, (const char *)data + done, piece.size);
        if (ptrace(PTRACE_POKETEXT, pid, (void *)(uintptr_t)piece.word, (void *)word) != 0) {
            return false;
        }
        done += piece.size;
    }
    return true;
}

/*
 * Where ptrace is let through, but not the calls that are made for this. So it is in containers of
 * Docker 20.10 and containerd 1.6: their profiles (moby, profiles/seccomp/default_linux.go;
 * containerd, contrib/seccomp/seccomp_default.go) allow the one from Linux 4.8 on, and the others
 * with CAP_SYS_PTRACE alone. A word at a time is slow, about 0.1 ms a KiB, and does.
 */
static bool is_forbidden(ssize_t count)
{
    return count < 0 && (errno == EPERM || errno == ENOSYS);
}

bool tracee_read(pid_t pid, uint64_t address, void *buffer, size_t size)
{
    const struct iovec here = {.iov_base = buffer, .iov_len = size};
    const struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};
    const ssize_t count = process_vm_readv(pid, &here, 1, &there, 1, 0);

    return count == (ssize_t)size ||
           (is_forbidden(count) && tracee_read_code(pid, address, buffer, size));
}

bool tracee_write(pid_t pid, uint64_t address, const void *data, size_t size)
{
    const struct iovec here = {.iov_base = (void *)data, .iov_len = size};
    const struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};
    const ssize_t count = process_vm_writev(pid, &here, 1, &there, 1, 0);

    return count == (ssize_t)size ||
           (is_forbidden(count) && tracee_write_code(pid, address, data, size));
}

char *tracee_read_string(pid_t pid, uint64_t address, size_t limit, size_t *length)
{
    char piece[PAGE];
    size_t found = 0;
    char *string = NULL;

    for (;;) {
        /* Up to the end of the page: the next one may not be there. */
        const size_t size = PAGE - (size_t)((address + found) % PAGE);
        const bool read = tracee_read(pid, address + found, piece, size);
        const char *end = read ? memchr(piece, '\0', size) : NULL;

        found += end != NULL ? (size_t)(end - piece) : size;
        explicit_bzero(piece, sizeof(piece));
        if (!read || found > limit) {
            return NULL;
        }
        if (end != NULL) {
            break;
        }
    }
    string = malloc(found + 1);
    if (string == NULL) {
        return NULL;
    }
    if (!tracee_read(pid, address, string, found + 1) || string[found] != '\0') {
        explicit_bzero(string, found + 1);
        free(string);
        return NULL;
    }
    *length = found;
    return string;
}
