/*
 * An execve that fails at once: what is left of a call is the way there.
 */
#include <errno.h>
#include <unistd.h>

__attribute__((visibility("default"))) int execve(const char *path, char *const argv[],
                                                  char *const envp[])
{
    (void)path;
    (void)argv;
    (void)envp;
    errno = ENOENT;
    return -1;
}
