/*
 * What may forbid a process to trace another of its user: asked, as far as the kernel answers.
 */
#ifndef BASE_TRACING_H
#define BASE_TRACING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What became of a system call that names a process which does not exist: where nothing stands
   before the kernel's own code it is ESRCH. */
struct tracing_answer {
    int error;     /* errno in its place; 0 if it was let through */
    int killed_by; /* the signal that ended who called; 0 */
};

struct tracing {
    long tracer; /* pid of who traces us; 0 */
    struct tracing_answer ptrace;
    struct tracing_answer readv;  /* process_vm_readv */
    struct tracing_answer writev; /* process_vm_writev */
    int yama;                     /* kernel.yama.ptrace_scope; -1 without Yama */
    bool capable;                 /* has CAP_SYS_PTRACE */
    bool closed;       /* nobody may look into us, as our file is not to be read (ptrace(2)) */
    char profile[256]; /* as tracing_profile says of us */
};

/* By children that are waited for, and send no SIGCHLD, and by files of /proc. */
void tracing_ask(struct tracing *out);

/* AppArmor's profile of a process, 0 for our own: "NAME (MODE)"; or SELinux's context:
   "USER:ROLE:TYPE:LEVEL"; "" if there is none, or it may not be known. */
void tracing_profile(pid_t pid, char *out, size_t size);

/* Whether Yama forbids it to whoever has what we have (Linux,
 * Documentation/admin-guide/LSM/Yama.rst). */
bool tracing_yama_bars(const struct tracing *tracing);

#endif
