/*
 * A preload that lets chosen calls fail: the n-th allocation, the second recvfrom with EINTR. What
 * fails is in a control structure (control.h), in the file that FAULT_CONTROL names; without it all
 * calls pass.
 *
 * In a process with a bridge only calls of our own preload count, those that libc makes on its
 * behalf included: an allocation counts if, going up the stack, our object comes before the bridge.
 * Go ends the process when its own allocations fail, and that would prove nothing.
 */
#include "tests/faults/control.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define OURS    "libboxlite_allownet.so"
#define BRIDGE  "libgvproxy.so"
#define LOADER  "ld-linux"
#define COMMAND "boxlite-allownet"
#define OVERLAY "boxlite-shim"

#define EXPORTED __attribute__((visibility("default")))

static struct control *control;
static _Thread_local bool inside; /* the layer's own calls are not looked at */

/* ---- whose call it is ---- */

struct range {
    uintptr_t begin;
    uintptr_t end;
};

static struct range ours;
static struct range loader;
static struct range bridge;

static bool holds(const struct range *range, const void *address)
{
    return (uintptr_t)address >= range->begin && (uintptr_t)address < range->end;
}

static int note_object(struct dl_phdr_info *info, size_t size, void *data)
{
    const char *slash = strrchr(info->dlpi_name, '/');
    const char *name = slash != NULL ? slash + 1 : info->dlpi_name;
    struct range *range = NULL;

    (void)size;
    (void)data;
    if (strcmp(name, OURS) == 0) {
        range = &ours;
    } else if (strcmp(name, BRIDGE) == 0) {
        range = &bridge;
    } else if (strncmp(name, LOADER, strlen(LOADER)) == 0) {
        range = &loader;
    } else {
        return 0;
    }
    for (ElfW(Half) i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        const uintptr_t begin = info->dlpi_addr + segment->p_vaddr;

        if (segment->p_type == PT_LOAD && range->end == 0) {
            range->begin = begin;
        }
        if (segment->p_type == PT_LOAD) {
            range->end = begin + segment->p_memsz;
        }
    }
    return 0;
}

/* Our object before the bridge, from the caller upwards. */
static bool stack_is_ours(void)
{
    void *frames[64];
    const int count = backtrace(frames, sizeof(frames) / sizeof(frames[0]));

    for (int i = 0; i < count; i++) {
        if (holds(&ours, frames[i])) {
            return true;
        }
        if (holds(&bridge, frames[i])) {
            return false;
        }
    }
    return false;
}

/* ---- whether it fails ---- */

static bool is_meant(const char *call)
{
    return control != NULL && !inside && strcmp(control->call, call) == 0;
}

/* The call counts; true if it is to fail. */
static bool fails(void)
{
    const uint64_t number = atomic_fetch_add(&control->asked, 1) + 1;

    if (control->nth == 0 || number < control->nth || number - control->nth >= control->times) {
        return false;
    }
    atomic_fetch_add(&control->failed, 1);
    return true;
}

static bool refused(const char *call, const void *caller)
{
    if (!is_meant(call) || control->manner != CONTROL_ERROR ||
        !(control->whole || holds(&ours, caller)) || !fails()) {
        return false;
    }
    errno = (int)control->error;
    return true;
}

/* What is asked for instead of `size`. */
static size_t shortened(const char *call, const void *caller, size_t size)
{
    if (size < 2 || !is_meant(call) || control->manner != CONTROL_SHORTENED ||
        !(control->whole || holds(&ours, caller)) || !fails()) {
        return size;
    }
    return size / 2;
}

/* In an overlay it has the shim's name; the shim itself loads nothing. */
static bool is_our_command(void)
{
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    const char *name;

    path[length > 0 ? length : 0] = '\0';
    name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    return strcmp(name, COMMAND) == 0 || strcmp(name, OVERLAY) == 0;
}

__attribute__((constructor)) static void layer_start(void)
{
    const char *path = getenv("FAULT_CONTROL");
    const int file = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *frames[1];
    void *mapped;

    inside = true;
    backtrace(frames, 1); /* loads what it needs */
    dl_iterate_phdr(note_object, NULL);
    inside = false;
    if (file < 0) {
        return;
    }
    mapped = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED && (!((struct control *)mapped)->whole || is_our_command())) {
        control = mapped;
    }
}

/* ---- allocations ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

enum { TABLE_SIZE = 1 << 16 };

/* The blocks that are ours and not freed. */
static void *_Atomic table[TABLE_SIZE];

static size_t place_of(const void *block)
{
    return (((uintptr_t)block >> 4) * UINT64_C(0x9E3779B97F4A7C15)) >> 48;
}

/* What the loader allocates for a thread, libc keeps with the stack for the next one. */
static void remember(void *block, const void *caller)
{
    if (block == NULL || holds(&loader, caller)) {
        return;
    }
    for (size_t i = place_of(block), tries = 0; tries < TABLE_SIZE; i++, tries++) {
        void *expected = NULL;

        if (atomic_compare_exchange_strong(&table[i % TABLE_SIZE], &expected, block)) {
            atomic_fetch_add(&control->live, 1);
            return;
        }
    }
}

/* Searched as far as blocks may have been displaced while there were more. */
static void forget(void *block)
{
    if (control == NULL || block == NULL) {
        return;
    }
    for (size_t i = place_of(block), tries = 0; tries < 1024; i++, tries++) {
        void *expected = block;

        if (atomic_compare_exchange_strong(&table[i % TABLE_SIZE], &expected, NULL)) {
            atomic_fetch_sub(&control->live, 1);
            return;
        }
    }
}

static bool allocates_for_us(void)
{
    bool result;

    if (control == NULL || inside) {
        return false;
    }
    if (control->whole) {
        return true;
    }
    inside = true;
    result = stack_is_ours();
    inside = false;
    return result;
}

static bool allocation_fails(void)
{
    return is_meant("alloc") && fails();
}

EXPORTED void *malloc(size_t size)
{
    void *block = NULL;

    if (!allocates_for_us()) {
        return __libc_malloc(size);
    }
    if (allocation_fails()) {
        errno = ENOMEM;
    } else {
        block = __libc_malloc(size);
    }
    remember(block, __builtin_return_address(0));
    return block;
}

EXPORTED void *calloc(size_t count, size_t size)
{
    void *block = NULL;

    if (!allocates_for_us()) {
        return __libc_calloc(count, size);
    }
    if (allocation_fails()) {
        errno = ENOMEM;
    } else {
        block = __libc_calloc(count, size);
    }
    remember(block, __builtin_return_address(0));
    return block;
}

EXPORTED void *realloc(void *old, size_t size)
{
    void *block;

    if (!allocates_for_us()) {
        return __libc_realloc(old, size);
    }
    if (allocation_fails()) {
        errno = ENOMEM;
        return NULL;
    }
    forget(old);
    block = __libc_realloc(old, size);
    remember(block != NULL ? block : old, __builtin_return_address(0));
    return block;
}

EXPORTED void free(void *old)
{
    const int saved = errno;

    forget(old);
    __libc_free(old);
    errno = saved;
}

/* ---- calls ---- */

/*
 * A function of libc by its own name, which the C name here is not, so that headers do not come in
 * the way. Arguments that libc takes as variable ones are passed on as they lie in registers.
 */
#define WRAPPED(type, name, parameters)                                                            \
    typedef type name##_fn parameters;                                                             \
    type layer_##name parameters __asm__(#name);                                                   \
    static name##_fn *real_##name(void)                                                            \
    {                                                                                              \
        static name##_fn *_Atomic known;                                                           \
        union {                                                                                    \
            void *object;                                                                          \
            name##_fn *function;                                                                   \
        } found = {.function = atomic_load(&known)};                                               \
        if (found.function == NULL) {                                                              \
            found.object = dlsym(RTLD_NEXT, #name);                                                \
            atomic_store(&known, found.function);                                                  \
        }                                                                                          \
        return found.function;                                                                     \
    }                                                                                              \
    EXPORTED type layer_##name parameters

#define CALLER __builtin_return_address(0)

#define FAILING(type, name, failure, parameters, arguments)                                        \
    FAILING_AS(#name, type, name, failure, parameters, arguments)

/* One that stands for another in some builds. */
#define FAILING_AS(call, type, name, failure, parameters, arguments)                               \
    WRAPPED(type, name, parameters)                                                                \
    {                                                                                              \
        if (refused(call, CALLER))                                                                 \
            return failure;                                                                        \
        return real_##name() arguments;                                                            \
    }

/* One whose last argument but `rest` is a size. */
#define SIZED(name, parameters, before, after)                                                     \
    WRAPPED(ssize_t, name, parameters)                                                             \
    {                                                                                              \
        if (refused(#name, CALLER))                                                                \
            return -1;                                                                             \
        return real_##name()(before, shortened(#name, CALLER, size) after);                        \
    }

#define NOTHING
#define AND(...) , __VA_ARGS__

SIZED(read, (int fd, void *data, size_t size), fd AND(data), NOTHING)
SIZED(pread, (int fd, void *data, size_t size, off_t at), fd AND(data), AND(at))
SIZED(write, (int fd, const void *data, size_t size), fd AND(data), NOTHING)
SIZED(pwrite, (int fd, const void *data, size_t size, off_t at), fd AND(data), AND(at))

FAILING(int, socket, -1, (int family, int type, int protocol), (family, type, protocol))
FAILING(int, socketpair, -1, (int family, int type, int protocol, int *ends),
        (family, type, protocol, ends))
FAILING(int, setsockopt, -1, (int fd, int level, int name, const void *value, socklen_t size),
        (fd, level, name, value, size))
FAILING(int, connect, -1, (int fd, const void *address, socklen_t size), (fd, address, size))
FAILING(ssize_t, send, -1, (int fd, const void *data, size_t size, int flags),
        (fd, data, size, flags))
FAILING(ssize_t, recv, -1, (int fd, void *data, size_t size, int flags), (fd, data, size, flags))
FAILING(int, poll, -1, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout))
FAILING(int, open, -1, (const char *path, int flags, long mode), (path, flags, mode))
FAILING(int, access, -1, (const char *path, int mode), (path, mode))
FAILING(int, fstat, -1, (int fd, struct stat *out), (fd, out))
FAILING(int, fstatat, -1, (int fd, const char *path, struct stat *out, int flags),
        (fd, path, out, flags))
FAILING(void *, realpath, NULL, (const char *path, char *out), (path, out))
FAILING_AS("realpath", void *, __realpath_chk, NULL, (const char *path, char *out, size_t size),
           (path, out, size))
FAILING(ssize_t, readlink, -1, (const char *path, char *out, size_t size), (path, out, size))
FAILING(off_t, lseek, -1, (int fd, off_t at, int whence), (fd, at, whence))
FAILING(int, fcntl, -1, (int fd, int command, long argument), (fd, command, argument))
FAILING(int, dup2, -1, (int from, int to), (from, to))
FAILING(int, pipe2, -1, (int *ends, int flags), (ends, flags))
FAILING(int, memfd_create, -1, (const char *name, unsigned flags), (name, flags))
FAILING(int, signalfd, -1, (int fd, const sigset_t *mask, int flags), (fd, mask, flags))
FAILING(int, eventfd, -1, (unsigned count, int flags), (count, flags))
FAILING(ssize_t, writev, -1, (int fd, const struct iovec *parts, int count), (fd, parts, count))
FAILING(void *, mmap, MAP_FAILED,
        (void *address, size_t size, int protection, int flags, int fd, off_t at),
        (address, size, protection, flags, fd, at))
FAILING(void *, mremap, MAP_FAILED, (void *old, size_t old_size, size_t size, int flags, void *at),
        (old, old_size, size, flags, at))
FAILING(pid_t, fork, -1, (void), ())
FAILING(pid_t, waitpid, -1, (pid_t pid, int *status, int options), (pid, status, options))
FAILING(int, prctl, -1, (int option, long a, long b, long c, long d), (option, a, b, c, d))
FAILING(long, ptrace, -1, (long request, long pid, long address, long data),
        (request, pid, address, data))
FAILING(void *, fopen, NULL, (const char *path, const char *mode), (path, mode))
FAILING(char *, fgets, NULL, (char *line, int size, FILE *file), (line, size, file))
FAILING(size_t, fread, 0, (void *buffer, size_t size, size_t count, FILE *file),
        (buffer, size, count, file))
FAILING(void *, fdopen, NULL, (int fd, const char *mode), (fd, mode))
FAILING(int, fflush, EOF, (FILE * file), (file))

/* Raw system calls: clone, and execve of our own command. */
FAILING(long, syscall, -1, (long number, long a, long b, long c, long d, long e, long f),
        (number, a, b, c, d, e, f))

/* These return the error. */
WRAPPED(int, pthread_create,
        (pthread_t * thread, const pthread_attr_t *attributes, void *(*start)(void *),
         void *argument))
{
    if (refused("pthread_create", CALLER)) {
        return (int)control->error;
    }
    return real_pthread_create()(thread, attributes, start, argument);
}

WRAPPED(int, pthread_sigmask, (int how, const sigset_t *set, sigset_t *old))
{
    if (refused("pthread_sigmask", CALLER)) {
        return (int)control->error;
    }
    return real_pthread_sigmask()(how, set, old);
}

/* On a stream only: half a datagram is not what a kernel delivers. */
static bool is_stream(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

WRAPPED(ssize_t, recvfrom,
        (int fd, void *data, size_t size, int flags, void *from, socklen_t *from_size))
{
    if (refused("recvfrom", CALLER)) {
        return -1;
    }
    if (is_stream(fd)) {
        size = shortened("recvfrom", CALLER, size);
    }
    return real_recvfrom()(fd, data, size, flags, from, from_size);
}

WRAPPED(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags))
{
    struct msghdr less = *message;
    struct iovec first;

    if (refused("sendmsg", CALLER)) {
        return -1;
    }
    if (message->msg_iovlen > 0 && is_stream(fd)) {
        first = message->msg_iov[0];
        first.iov_len = shortened("sendmsg", CALLER, first.iov_len);
        if (first.iov_len < message->msg_iov[0].iov_len) {
            less.msg_iov = &first;
            less.msg_iovlen = 1;
        }
    }
    return real_sendmsg()(fd, &less, flags);
}

#define ACROSS(name)                                                                               \
    WRAPPED(ssize_t, name,                                                                         \
            (pid_t pid, const struct iovec *here, unsigned long here_count,                        \
             const struct iovec *there, unsigned long there_count, unsigned long flags))           \
    {                                                                                              \
        struct iovec less = *there;                                                                \
        if (refused(#name, CALLER))                                                                \
            return -1;                                                                             \
        less.iov_len = shortened(#name, CALLER, less.iov_len);                                     \
        return real_##name()(pid, here, here_count, &less, there_count, flags);                    \
    }

ACROSS(process_vm_readv)
ACROSS(process_vm_writev)
