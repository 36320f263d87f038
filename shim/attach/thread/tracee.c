#include "shim/attach/thread/tracee.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define PAGE ((size_t)4096)

int tracee_seize(pid_t pid)
{
    const uintptr_t options = PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

    return ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) == 0 ? 0 : errno;
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

/* Lets it go on from a stop that is not ours: with its signal, or waiting with its group. */
static bool pass_on(pid_t pid, int status)
{
    const int event = status >> 16;
    const int number = WSTOPSIG(status);

    if (event == PTRACE_EVENT_STOP && stops_group(number))
        return ptrace(PTRACE_LISTEN, pid, NULL, NULL) == 0;
    return ptrace(PTRACE_CONT, pid, NULL, (void *)(uintptr_t)(event == 0 ? number : 0)) == 0;
}

enum tracee_stop tracee_wait(pid_t pid)
{
    int status;

    for (;;) {
        const pid_t got = waitpid(pid, &status, __WALL);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || !WIFSTOPPED(status))
            return TRACEE_ENDED;
        if (status >> 16 == PTRACE_EVENT_EXEC)
            return TRACEE_EXEC;
        if (status >> 16 == 0 && WSTOPSIG(status) == SIGTRAP && is_own_trap(pid))
            return TRACEE_TRAP;
        /* It may be killed at any moment; then the next wait says so. */
        if (!pass_on(pid, status) && errno != ESRCH)
            return TRACEE_ENDED;
    }
}

enum tracee_stop tracee_continue(pid_t pid, int number)
{
    /* It may be gone: the wait says so. */
    if (ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)number) != 0 && errno != ESRCH)
        return TRACEE_ENDED;
    return tracee_wait(pid);
}

bool tracee_is_held(pid_t pid)
{
    siginfo_t info;
    int status;
    pid_t got;

    if (ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0 || errno != ESRCH)
        return true;
    /* Not stopped: it is ending, or goes on after a wait that failed, to its next stop. */
    do {
        got = waitpid(pid, &status, __WALL);
    } while (got < 0 && errno == EINTR);
    return got == pid && WIFSTOPPED(status);
}

bool tracee_release(pid_t pid)
{
    return ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0;
}

bool tracee_registers(pid_t pid, struct user_regs_struct *out)
{
    struct iovec place = {.iov_base = out, .iov_len = sizeof *out};

    return ptrace(PTRACE_GETREGSET, pid, (void *)(uintptr_t)NT_PRSTATUS, &place) == 0;
}

bool tracee_set_registers(pid_t pid, const struct user_regs_struct *registers)
{
    struct iovec place = {.iov_base = (void *)registers, .iov_len = sizeof *registers};

    return ptrace(PTRACE_SETREGSET, pid, (void *)(uintptr_t)NT_PRSTATUS, &place) == 0;
}

bool tracee_floating(pid_t pid, unsigned char *buffer, size_t size)
{
    struct iovec place = {.iov_base = buffer, .iov_len = size};

    return ptrace(PTRACE_GETREGSET, pid, (void *)(uintptr_t)NT_PRFPREG, &place) == 0;
}

bool tracee_mask(pid_t pid, uint64_t *out)
{
    return ptrace(PTRACE_GETSIGMASK, pid, (void *)sizeof *out, out) == 0;
}

bool tracee_set_mask(pid_t pid, uint64_t mask)
{
    return ptrace(PTRACE_SETSIGMASK, pid, (void *)sizeof mask, &mask) == 0;
}

bool tracee_read(pid_t pid, uint64_t address, void *buffer, size_t size)
{
    const struct iovec here = {.iov_base = buffer, .iov_len = size};
    const struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};

    return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

bool tracee_write(pid_t pid, uint64_t address, const void *data, size_t size)
{
    const struct iovec here = {.iov_base = (void *)data, .iov_len = size};
    const struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};

    return process_vm_writev(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

static bool peek(pid_t pid, uint64_t address, long *word)
{
    errno = 0;
    *word = ptrace(PTRACE_PEEKTEXT, pid, (void *)(uintptr_t)address, NULL);
    return errno == 0;
}

bool tracee_read_code(pid_t pid, uint64_t address, void *buffer, size_t size)
{
    long word;

    for (size_t done = 0; done < size; done += sizeof word) {
        const size_t left = size - done;

        if (!peek(pid, address + done, &word))
            return false;
        memcpy((char *)buffer + done, &word, left < sizeof word ? left : sizeof word);
    }
    return true;
}

bool tracee_write_code(pid_t pid, uint64_t address, const void *data, size_t size)
{
    long word;

    for (size_t done = 0; done < size; done += sizeof word) {
        const size_t left = size - done;

        if (!peek(pid, address + done, &word))
            return false;
        memcpy(&word, (const char *)data + done, left < sizeof word ? left : sizeof word);
        if (ptrace(PTRACE_POKETEXT, pid, (void *)(uintptr_t)(address + done), (void *)word) != 0)
            return false;
    }
    return true;
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
        explicit_bzero(piece, sizeof piece);
        if (!read || found > limit)
            return NULL;
        if (end != NULL)
            break;
    }
    string = malloc(found + 1);
    if (string == NULL)
        return NULL;
    if (!tracee_read(pid, address, string, found + 1) || string[found] != '\0') {
        explicit_bzero(string, found + 1);
        free(string);
        return NULL;
    }
    *length = found;
    return string;
}
