/*
 * Whether a program about to be executed is a start of boxlite-shim, and how to have it go through
 * our command. No heap, no locks, no writes to globals: all of it runs in vforked children.
 */
#ifndef CARRY_EXEC_ROUTE_H
#define CARRY_EXEC_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/carry/carry.h"

enum exec_route_kind {
    EXEC_PASS,        /* none of our business, or nothing that could be executed */
    EXEC_ENVIRONMENT, /* the loader reaches it: only the variables must survive */
    EXEC_LAUNCH       /* our command goes first */
};

/* How the caller names the program. */
struct exec_call {
    int dirfd;        /* what a relative path starts from */
    const char *name; /* a path; "" with AT_EMPTY_PATH for `dirfd` itself */
    bool search;      /* a name without slash is looked for in PATH, as execvp(3) does */
    int at_flags;     /* AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW */
};

struct exec_route {
    enum exec_route_kind kind;
    const struct carry *carry;
    char *const *given_argv;
    char *const *given_envp;
    char path[PATH_MAX]; /* what is to be executed, as found */

    /* Filled in by exec_route_fill. */
    char *const *argv;
    char *const *envp;
};

/* A room of this size, on a stack, does for every start that boxlite makes. A thread's stack may
   have no more than 16 KiB in all (PTHREAD_STACK_MIN). */
enum { EXEC_ROUTE_ROOM = 4096 };

/* Whether file name and arguments look like a start of the shim. A few nanoseconds, and touches no
   file, unless it is one of bwrap, whose command may be a link. False without `carry`. Keeps errno.
 */
bool exec_route_concerns(const struct carry *carry, const char *name, char *const argv[]);

/* Judges a start that is of concern. Borrows argv and envp. Keeps errno. */
void exec_route_find(const struct carry *carry, const struct exec_call *call, char *const argv[],
                     char *const envp[], struct exec_route *out);

/* Bytes that exec_route_fill needs for a route that is not EXEC_PASS. */
size_t exec_route_size(const struct exec_route *route);

/* Writes the new arguments and environment to `room`, aligned for pointers. They are for
   carry->command where the kind is EXEC_LAUNCH, else for what the caller named. */
void exec_route_fill(struct exec_route *route, void *room);

/* Whether our command is one of those who could have changed this object, and so the process, as
   well; one that is not there is for execve(2) to find. Keeps errno. */
bool exec_route_is_trusted(const struct exec_route *route);

/*
 * To be called when our command could not be started, with errno from that, which is kept. True if
 * the start is to go on without us: the shim needs no repair, or the operator tolerates it. Else
 * says so on standard error and, if `has_input`, since this process was to become the shim, reads a
 * piped standard input to its end. Overwrites route->path.
 */
bool exec_route_give_up(struct exec_route *route, bool has_input);

#endif
