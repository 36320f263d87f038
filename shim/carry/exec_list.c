/*
 * execl, execlp, execle: the arguments are gathered into an array, as libc does, and go the way of
 * execv, execvp, execve.
 */
#include <alloca.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shim/base/hook.h"
#include "shim/base/keep.h"

/* What a program spells out in its source fits; more than that is generated code. No fixed array of
   this size: crash handlers call these on a signal stack of a few KiB. */
#define STACK_ARGUMENTS 1024

HOOK int hook_execl(const char *path, const char *argument, ...) __asm__("execl");
HOOK int hook_execlp(const char *name, const char *argument, ...) __asm__("execlp");
HOOK int hook_execle(const char *path, const char *argument, ...) __asm__("execle");

enum form {
    FORM_PATH,       /* execl */
    FORM_SEARCH,     /* execlp */
    FORM_ENVIRONMENT /* execle: envp behind the NULL */
};

static int execute(enum form form, const char *path, char *const argv[], char *const envp[])
{
    switch (form) {
    case FORM_PATH:
        return execv(path, argv);
    case FORM_SEARCH:
        return execvp(path, argv);
    case FORM_ENVIRONMENT:
        break;
    }
    return execve(path, argv, envp);
}

/* Copies first, the rest up to NULL and the NULL; with `argv` NULL only counts them. */
static size_t gather(const char *first, va_list *rest, char **argv)
{
    size_t count = 0;

    for (const char *argument = first;; argument = va_arg(*rest, const char *)) {
        if (argv != NULL) {
            argv[count] = (char *)argument;
        }
        count++;
        if (argument == NULL) {
            return count;
        }
    }
}

static int execute_list(enum form form, const char *path, const char *first, va_list *rest)
{
    char **argv;
    char *const *envp = NULL;
    va_list counted;
    size_t count;

    va_copy(counted, *rest);
    count = gather(first, &counted, NULL);
    va_end(counted);
    if (count <= STACK_ARGUMENTS) {
        argv = alloca(count * sizeof(*argv));
    } else {
        argv = mmap(NULL, count * sizeof(*argv), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    if (argv == MAP_FAILED) {
        return -1;
    }
    gather(first, rest, argv);
    if (form == FORM_ENVIRONMENT) {
        envp = va_arg(*rest, char *const *);
    }
    execute(form, path, argv, envp);
    if (count > STACK_ARGUMENTS) {
        KEEP_ERRNO;

        munmap(argv, count * sizeof(*argv));
    }
    return -1;
}

HOOK int hook_execl(const char *path, const char *argument, ...)
{
    va_list rest;
    int status;

    va_start(rest, argument);
    status = execute_list(FORM_PATH, path, argument, &rest);
    va_end(rest);
    return status;
}

HOOK int hook_execlp(const char *name, const char *argument, ...)
{
    va_list rest;
    int status;

    va_start(rest, argument);
    status = execute_list(FORM_SEARCH, name, argument, &rest);
    va_end(rest);
    return status;
}

HOOK int hook_execle(const char *path, const char *argument, ...)
{
    va_list rest;
    int status;

    va_start(rest, argument);
    status = execute_list(FORM_ENVIRONMENT, path, argument, &rest);
    va_end(rest);
    return status;
}
