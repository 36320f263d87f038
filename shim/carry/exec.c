/*
 * The exec family: a start of boxlite-shim is routed through our command, everything else reaches
 * the original. All of it may run in a vforked child, on its parent's memory.
 */
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "shim/base/hook.h"
#include "shim/base/keep.h"
#include "shim/base/names.h"
#include "shim/carry/exec.h"
#include "shim/carry/exec_route.h"
#include "shim/carry/originals.h"

/* Asm labels, because <unistd.h> declares path and argv nonnull, and callers do pass NULL. */
HOOK int hook_execve(const char *path, char *const argv[], char *const envp[]) __asm__("execve");
HOOK int hook_execv(const char *path, char *const argv[]) __asm__("execv");
HOOK int hook_execvp(const char *name, char *const argv[]) __asm__("execvp");
HOOK int hook_execvpe(const char *name, char *const argv[], char *const envp[]) __asm__("execvpe");
HOOK int hook_fexecve(int fd, char *const argv[], char *const envp[]) __asm__("fexecve");
HOOK int hook_execveat(int fd, const char *path, char *const argv[], char *const envp[],
                       int flags) __asm__("execveat");

static int execveat_as(const struct originals *originals, int fd, const char *path,
                       char *const argv[], char *const envp[], int flags)
{
    if (originals->execveat == NULL) {
        return (int)syscall(SYS_execveat, fd, path, argv, envp, flags);
    }
    return originals->execveat(fd, path, argv, envp, flags);
}

/* What the caller called, with another environment. */
static void execute_alike(const struct exec_call *call, const struct exec_route *route,
                          const struct originals *originals)
{
    if (call->search) {
        originals->execvpe(call->name, route->argv, route->envp);
    } else if (call->dirfd == AT_FDCWD && call->at_flags == 0) {
        originals->execve(call->name, route->argv, route->envp);
    } else if (call->name != NULL && call->name[0] == '\0') {
        originals->fexecve(call->dirfd, route->argv, route->envp);
    } else {
        execveat_as(originals, call->dirfd, call->name, route->argv, route->envp, call->at_flags);
    }
}

/*
 * Executes along the route. Returns only if that failed, false with errno if the caller is to fail,
 * true if it is to call its original. In a vforked child a mapping would stay in the parent, hence
 * the stack for all but absurd starts.
 */
static bool follow(const struct exec_call *call, struct exec_route *route,
                   const struct originals *originals)
{
    const size_t size = exec_route_size(route);
    void *room;

    if (size <= EXEC_ROUTE_ROOM) {
        room = alloca(size);
    } else {
        room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    if (room == MAP_FAILED) {
        return false;
    }
    exec_route_fill(route, room);
    if (route->kind != EXEC_LAUNCH) {
        execute_alike(call, route, originals);
    } else if (exec_route_is_trusted(route)) {
        originals->execve(route->carry->command, route->argv, route->envp);
    } else {
        errno = EPERM;
    }
    if (size > EXEC_ROUTE_ROOM) {
        KEEP_ERRNO;

        munmap(room, size);
    }
    return route->kind == EXEC_LAUNCH && exec_route_give_up(route, true);
}

/* Routes a start that is of concern, in a frame of its own, since the route is large. True if the
   caller is to call its original, false with errno if it is to fail. */
__attribute__((noinline)) static bool goes_on(const struct originals *originals,
                                              const struct exec_call *call, char *const argv[],
                                              char *const envp[])
{
    struct exec_route route;

    exec_route_find(carry_in_force(), call, argv, envp, &route);
    return route.kind == EXEC_PASS || follow(call, &route, originals);
}

/* Likewise for a program named by a path, or with `search` as execvp(3) takes it. */
static bool name_goes_on(const struct originals *originals, const char *name, bool search,
                         char *const argv[], char *const envp[])
{
    const struct exec_call call = {.dirfd = AT_FDCWD, .name = name, .search = search};

    return !exec_route_concerns(carry_in_force(), name, argv) ||
           goes_on(originals, &call, argv, envp);
}

void exec_start_over(const struct carry *carry, char *const argv[], char *const envp[])
{
    const char *const program = (const char *)getauxval(AT_EXECFN);
    struct originals early;
    const struct exec_call call = {.dirfd = AT_FDCWD, .name = program};
    struct exec_route route;

    if (!exec_route_concerns(carry, program, argv)) {
        return;
    }
    exec_route_find(carry, &call, argv, envp, &route);
    if (route.kind == EXEC_LAUNCH && !follow(&call, &route, originals_get(&early))) {
        _exit(EXIT_FAILED);
    }
}

HOOK int hook_execve(const char *path, char *const argv[], char *const envp[])
{
    struct originals early;
    const struct originals *const originals = originals_get(&early);

    if (!name_goes_on(originals, path, false, argv, envp)) {
        return -1;
    }
    return originals->execve(path, argv, envp);
}

HOOK int hook_execv(const char *path, char *const argv[])
{
    struct originals early;
    const struct originals *const originals = originals_get(&early);

    if (!name_goes_on(originals, path, false, argv, environ)) {
        return -1;
    }
    return originals->execv(path, argv);
}

HOOK int hook_execvp(const char *name, char *const argv[])
{
    struct originals early;
    const struct originals *const originals = originals_get(&early);

    if (!name_goes_on(originals, name, true, argv, environ)) {
        return -1;
    }
    return originals->execvp(name, argv);
}

HOOK int hook_execvpe(const char *name, char *const argv[], char *const envp[])
{
    struct originals early;
    const struct originals *const originals = originals_get(&early);

    if (!name_goes_on(originals, name, true, argv, envp)) {
        return -1;
    }
    return originals->execvpe(name, argv, envp);
}

/* The name is not known without asking the kernel: one readlink, for a call that hardly anybody
   makes. */
HOOK int hook_fexecve(int fd, char *const argv[], char *const envp[])
{
    struct originals early;
    const struct originals *const originals = originals_get(&early);
    const struct exec_call call = {.dirfd = fd, .name = "", .at_flags = AT_EMPTY_PATH};

    if (carry_in_force() != NULL && fd >= 0 && !goes_on(originals, &call, argv, envp)) {
        return -1;
    }
    return originals->fexecve(fd, argv, envp);
}

/* A flag that is not known here, such as AT_EXECVE_CHECK, may mean that nothing is executed. */
HOOK int hook_execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags)
{
    static const int known_flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
    struct originals early;
    const struct originals *const originals = originals_get(&early);
    const struct exec_call call = {.dirfd = fd, .name = path, .at_flags = flags};
    const bool by_descriptor =
        path != NULL && path[0] == '\0' && (flags & AT_EMPTY_PATH) != 0 && fd >= 0;

    if ((flags & ~known_flags) == 0 &&
        ((by_descriptor && carry_in_force() != NULL) ||
         exec_route_concerns(carry_in_force(), path, argv)) &&
        !goes_on(originals, &call, argv, envp)) {
        return -1;
    }
    return execveat_as(originals, fd, path, argv, envp, flags);
}
