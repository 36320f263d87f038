/* Asks the kernel what forbids tracing here, and words it with the cheapest remedy first. */
#include "shim/attach/forbidden.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/base/tracing.h"

/* A line in the making. */
struct line {
    char *text;
    size_t size;
    size_t barriers;
};

__attribute__((format(printf, 2, 3))) static void tell(struct line *line, const char *format, ...)
{
    va_list arguments;
    const size_t used = strlen(line->text);

    va_start(arguments, format);
    vsnprintf(line->text + used, line->size - used, format, arguments);
    va_end(arguments);
}

/* Between one barrier and the next. */
static void next_barrier(struct line *line)
{
    tell(line, "%s", line->barriers++ > 0 ? "; " : "");
}

static void tell_call(struct line *line, const char *name, const struct tracing_answer *answer)
{
    next_barrier(line);
    if (answer->killed_by != 0) {
        tell(line, "a seccomp filter kills any process that calls %s", name);
    } else {
        tell(line, "a seccomp filter denies %s (%s)", name, strerror(answer->error));
    }
    tell(line,
         ": start the container with --cap-add SYS_PTRACE, or allow %s in its seccomp profile "
         "or its unit's SystemCallFilter",
         name);
}

/* The other two calls can be done without, unless they are the end of who makes them. */
static void tell_seccomp(struct line *line, const struct tracing *tracing)
{
    if (tracing->ptrace.error != 0 || tracing->ptrace.killed_by != 0) {
        tell_call(line, "ptrace", &tracing->ptrace);
    }
    if (tracing->readv.killed_by != 0) {
        tell_call(line, "process_vm_readv", &tracing->readv);
    }
    if (tracing->writev.killed_by != 0) {
        tell_call(line, "process_vm_writev", &tracing->writev);
    }
}

static void tell_yama(struct line *line, const struct tracing *tracing)
{
    next_barrier(line);
    if (tracing->yama == 2) {
        tell(line, "kernel.yama.ptrace_scope is 2: for root --cap-add SYS_PTRACE will do, else "
                   "set it to 1 on the host");
    } else {
        tell(line,
             "kernel.yama.ptrace_scope is %d: boot the host with it at 1, for it cannot be "
             "lowered before",
             tracing->yama);
    }
}

/* AppArmor says "NAME (MODE)", SELinux "USER:ROLE:TYPE:LEVEL". */
static void tell_module(struct line *line, const char *profile)
{
    const char *mode = strstr(profile, " (");

    next_barrier(line);
    if (mode != NULL) {
        tell(
            line,
            "the AppArmor profile %.*s denies ptrace: add the rule \"ptrace peer=%.*s,\" to it, or "
            "start the container with --security-opt apparmor=unconfined",
            (int)(mode - profile), profile, (int)(mode - profile), profile);
    } else if (strchr(profile, ':') != NULL) {
        tell(line,
             "SELinux denies ptrace to %s: setsebool deny_ptrace off, or allow it in the policy",
             profile);
    } else {
        tell(line,
             "a security module of the kernel denies ptrace: allow this user ptrace of its own "
             "processes there");
    }
}

/*
 * A module's refusal is EACCES, which neither Yama's nor a filter's is. Where a filter has answered
 * in its place it is seen only by what needs the same permission, and all refusals of that look the
 * same: it is the module's if nothing else explains it, and there is one.
 */
static bool is_modules(const struct forbidden *forbidden, const struct tracing *tracing)
{
    const bool confines =
        strstr(tracing->profile, "(enforce)") != NULL || strchr(tracing->profile, ':') != NULL;

    return forbidden->error == EACCES || (forbidden->access == EACCES && confines &&
                                          !tracing_yama_bars(tracing) && !tracing->closed);
}

/* All but the way out. */
static void tell_barriers(struct line *line, const struct forbidden *forbidden)
{
    struct tracing tracing;

    tracing_ask(&tracing);
    tell_seccomp(line, &tracing);
    if (tracing.tracer != 0) {
        next_barrier(line);
        tell(line, "process %ld traces it already: end that strace or debugger", tracing.tracer);
    }
    if (tracing.closed) {
        next_barrier(line);
        tell(line, "this user cannot read the file of boxlite-allownet: make it readable");
    }
    if (tracing_yama_bars(&tracing)) {
        tell_yama(line, &tracing);
    }
    if (is_modules(forbidden, &tracing)) {
        tell_module(line, tracing.profile);
    }
}

static struct line begin(char *text, size_t size)
{
    struct line line = {.text = text, .size = size};

    text[0] = '\0';
    tell(&line, "allowNet: boxlite-shim cannot be attached to: ");
    return line;
}

static void end(struct line *line)
{
    tell(line, "; or set BOXLITE_ALLOWNET=off to start the box unrepaired");
}

int forbidden_try_access(pid_t pid)
{
    char path[64];
    int file;

    snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno;
    }
    close(file);
    return 0;
}

static void tell_error(struct line *line, int error)
{
    tell(line, "ptrace: %s: allow this user ptrace of its own processes", strerror(error));
}

/* A unit's ProcSubset=pid takes /proc/sys away, and with it Yama's setting. */
static bool is_hidden_yamas(const struct forbidden *forbidden)
{
    return forbidden->error == EPERM && access("/proc/sys", F_OK) != 0;
}

void forbidden_describe(const struct forbidden *forbidden, char *text, size_t size)
{
    struct line line = begin(text, size);

    tell_barriers(&line, forbidden);
    if (line.barriers == 0 && is_hidden_yamas(forbidden)) {
        tell(&line, "kernel.yama.ptrace_scope is 2 or 3, as it seems: without /proc/sys "
                    "(ProcSubset=pid) it cannot be read here; set it to 1 on the host");
    } else if (line.barriers == 0) {
        tell_error(&line, forbidden->error);
    }
    end(&line);
}

void forbidden_describe_loss(int error, char *text, size_t size)
{
    struct line line = begin(text, size);

    tell_error(&line, error);
    end(&line);
}

void forbidden_describe_death(int status, char *text, size_t size)
{
    const struct forbidden unknown = {0};
    struct line line = begin(text, size);

    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
        tell_barriers(&line, &unknown);
    }
    if (line.barriers == 0) {
        tell(&line,
             WIFSIGNALED(status) ? "the helper ended with signal %d; see the kernel log"
                                 : "the helper ended with status %d; see the kernel log",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    end(&line);
}
