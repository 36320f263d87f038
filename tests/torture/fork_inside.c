/*
 * fork_inside: a preload that forks at the one place where a fork is worst: while the preload under
 * test has its lock, told by an allocation of four bytes (one address) from inside its object. The
 * child looks a number up, as any child may, and must not wait for that lock. Says `child STATUS`
 * on standard error, once.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern void *__libc_realloc(void *block, size_t size);
void *realloc(void *block, size_t size);

enum { PATIENCE_S = 5 };

static void fork_here(void)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct addrinfo *list = NULL;
    int status = -1;
    const pid_t child = fork();

    if (child == 0) {
        alarm(PATIENCE_S);
        _exit(getaddrinfo("192.0.2.1", NULL, &hints, &list));
    }
    if (child > 0) {
        waitpid(child, &status, 0);
    }
    dprintf(STDERR_FILENO, "child %d\n", status);
}

__attribute__((visibility("default"))) void *realloc(void *block, size_t size)
{
    static atomic_flag forked = ATOMIC_FLAG_INIT;
    Dl_info info;

    if (block == NULL && size == 4 && dladdr(__builtin_return_address(0), &info) != 0 &&
        info.dli_fname != NULL && strstr(info.dli_fname, "libboxlite_allownet.so") != NULL &&
        !atomic_flag_test_and_set(&forked)) {
        fork_here();
    }
    return __libc_realloc(block, size);
}
