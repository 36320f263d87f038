/*
 * posix_spawn, posix_spawnp: run in the parent, so a start of boxlite-shim is routed by handing the
 * original another path, arguments and environment. The child's file actions and attributes are its
 * own business.
 */
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "shim/base/hook.h"
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

/* Calls `original` for a program with what the caller asked for. */
static int spawn_as(const struct request *request, spawn_fn *original, const char *program,
                    char *const argv[], char *const envp[])
{
    return original(request->pid, program, request->actions, request->attributes, argv, envp);
}

/* Spawns along the route. Returns posix_spawn's result. */
static int follow(const struct request *request, struct exec_route *route,
                  const struct originals *originals, spawn_fn *original)
{
    const size_t size = exec_route_size(route);
    const int saved = errno;
    void *room;
    int error;

    if (size <= EXEC_ROUTE_ROOM)
        room = alloca(size);
    else
        room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) {
        errno = saved;
        return ENOMEM;
    }
    exec_route_fill(route, room);
    if (route->kind == EXEC_ENVIRONMENT)
        error = spawn_as(request, original, request->call.name, route->argv, route->envp);
    else if (!exec_route_is_trusted(route))
        error = EPERM;
    else
        error = spawn_as(request, originals->posix_spawn, route->carry->command, route->argv,
                         route->envp);
    if (size > EXEC_ROUTE_ROOM)
        munmap(room, size);
    return error;
}

/* A start that is of concern. The route is large, hence a frame of its own. */
__attribute__((noinline)) static int spawn_judged(const struct request *request,
                                                  const struct originals *originals,
                                                  spawn_fn *original, char *const argv[],
                                                  char *const envp[])
{
    struct exec_route route;
    int error;

    exec_route_find(carry_in_force(), &request->call, argv, envp, &route);
    if (route.kind != EXEC_PASS) {
        error = follow(request, &route, originals, original);
        if (error == 0 || route.kind == EXEC_ENVIRONMENT || !exec_route_give_up(&route))
            return error;
    }
    return spawn_as(request, original, request->call.name, argv, envp);
}

static int spawn(const struct request *request, char *const argv[], char *const envp[])
{
    struct originals early;
    const struct originals *const originals = originals_get(&early);
    spawn_fn *const original =
        request->call.search ? originals->posix_spawnp : originals->posix_spawn;

    if (exec_route_concerns(carry_in_force(), request->call.name, argv))
        return spawn_judged(request, originals, original, argv, envp);
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
