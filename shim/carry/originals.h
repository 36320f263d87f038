/*
 * libc's own functions behind the hooks of the exec family.
 *
 * Bound once, by the constructor: dlsym takes the loader's lock, and in a forked child whoever held
 * that lock may not exist any more.
 */
#ifndef CARRY_ORIGINALS_H
#define CARRY_ORIGINALS_H

#include <spawn.h>
#include <sys/types.h>

typedef int execve_fn(const char *path, char *const argv[], char *const envp[]);
typedef int execv_fn(const char *path, char *const argv[]);
typedef int fexecve_fn(int fd, char *const argv[], char *const envp[]);
typedef int execveat_fn(int fd, const char *path, char *const argv[], char *const envp[],
                        int flags);
typedef int spawn_fn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                     const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);

struct originals {
    execve_fn *execve;
    execve_fn *execvpe;
    execv_fn *execv;
    execv_fn *execvp;
    fexecve_fn *fexecve;
    execveat_fn *execveat; /* NULL before glibc 2.34 */
    spawn_fn *posix_spawn;
    spawn_fn *posix_spawnp;
};

/* To be called once, in the constructor. */
void originals_start(void);

/* The originals. A hook that another object's constructor calls before ours has run gets them bound
   into *early, since globals are not written outside the constructor. Async-signal-safe after it.
 */
const struct originals *originals_get(struct originals *early);

#endif
