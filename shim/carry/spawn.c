/*
 * posix_spawn, posix_spawnp: run in the parent, so a start of boxlite-shim is routed by handing the
 * original another path, arguments and environment. The child's file actions and attributes are its
 * own business.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "shim/base/hook.h"
#include "shim/base/keep.h"
#include "shim/carry/exec_route.h"
#include "shim/carry/originals.h"

HOOK int hook_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                          const posix_spawnattr_t *attributes, char *const argv[],
                          char *const envp[]) __asm__("posix_spawn");
HOOK int hook_posix_spawnp(pid_t *pid, const char *name, const posix_spawn_file_actions_t *actions,
                           const posix_spawnattr_t *attributes, char *const argv[],
                           char *const envp[]) __asm__("posix_spawnp");

/* What the caller asked for. */
struct request {
    pid_t *pid;
    const posix_spawn_file_actions_t *actions;
    const posix_spawnattr_t *attributes;
    struct exec_call call;
};

/* Zeroed memory of its own, or NULL. */
static void *map(size_t size)
{
    void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return room != MAP_FAILED ? room : NULL;
}

/* Calls `original` for a program with what the caller asked for. */
static int spawn_as(const struct request *request, spawn_fn *original, const char *program,
                    char *const argv[], char *const envp[])
{
    return original(request->pid, program, request->actions, request->attributes, argv, envp);
}

/* Spawns along the route, written to `room`. Returns posix_spawn's result. */
static int follow(const struct request *request, struct exec_route *route, void *room,
                  const struct originals *originals, spawn_fn *original)
{
    exec_route_fill(route, room);
    if (route->kind == EXEC_ENVIRONMENT) {
        return spawn_as(request, original, request->call.name, route->argv, route->envp);
    }
    if (!exec_route_is_trusted(route)) {
        return EPERM;
    }
    return spawn_as(request, originals->posix_spawn, route->carry->command, route->argv,
                    route->envp);
}

/* A start that is of concern. True if the caller is to call its original, else *error is how it
   went. What it needs is mapped, which costs nothing beside a new process: the caller's thread may
   have a stack of a few KiB. */
static bool goes_on(const struct request *request, const struct originals *originals,
                    spawn_fn *original, char *const argv[], char *const envp[], int *error)
{
    KEEP_ERRNO;
    struct exec_route *route = map(sizeof(*route));
    bool alike = true;

    *error = 0;
    if (route == NULL) {
        *error = ENOMEM;
        return false;
    }
    exec_route_find(carry_in_force(), &request->call, argv, envp, route);
    if (route->kind != EXEC_PASS) {
        const size_t size = exec_route_size(route);
        void *room = map(size);

        *error = room == NULL ? ENOMEM : follow(request, route, room, originals, original);
        if (room != NULL) {
            munmap(room, size);
        }
        errno = *error;
        alike = *error != 0 && route->kind == EXEC_LAUNCH && exec_route_give_up(route, false);
    }
    munmap(route, sizeof(*route));
    return alike;
}

static int spawn(const struct request *request, char *const argv[], char *const envp[])
{
    struct originals early;
    const struct originals *const originals = originals_get(&early);
    spawn_fn *const original =
        request->call.search ? originals->posix_spawnp : originals->posix_spawn;
    int error;

    if (exec_route_concerns(carry_in_force(), request->call.name, argv) &&
        !goes_on(request, originals, original, argv, envp, &error)) {
        return error;
    }
    return spawn_as(request, original, request->call.name, argv, envp);
}

HOOK int hook_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                          const posix_spawnattr_t *attributes, char *const argv[],
                          char *const envp[])
{
    const struct request request = {
        pid, actions, attributes, {.dirfd = AT_FDCWD, .name = path, .search = false}};

    return spawn(&request, argv, envp);
}

HOOK int hook_posix_spawnp(pid_t *pid, const char *name, const posix_spawn_file_actions_t *actions,
                           const posix_spawnattr_t *attributes, char *const argv[],
                           char *const envp[])
{
    const struct request request = {
        pid, actions, attributes, {.dirfd = AT_FDCWD, .name = name, .search = true}};

    return spawn(&request, argv, envp);
}
