/*
 * Hooks that only call what they hide, through a pointer bound at the start: the least that a hook
 * can cost. Before the stubs it shows that cost alone; preloaded into a program that does nothing
 * it shows what any further object costs a start.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stddef.h>
#include <unistd.h>

#define HOOK __attribute__((visibility("default")))

static union {
    void *object;
    int (*function)(const char *node, const char *service, const struct addrinfo *hints,
                    struct addrinfo **result);
} next_getaddrinfo;

static union {
    void *object;
    int (*function)(const char *path, char *const argv[], char *const envp[]);
} next_execve;

__attribute__((constructor)) static void bind_next(void)
{
    next_getaddrinfo.object = dlsym(RTLD_NEXT, "getaddrinfo");
    next_execve.object = dlsym(RTLD_NEXT, "execve");
}

HOOK int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                     struct addrinfo **result)
{
    return next_getaddrinfo.function(node, service, hints, result);
}

HOOK int execve(const char *path, char *const argv[], char *const envp[])
{
    return next_execve.function(path, argv, envp);
}
