/*
 * A static program with a gvproxy_create that looks at itself: is everything after the call, and in
 * the process, as a call leaves it? Prints what create was given, then "same" or what is not.
 *
 *   blocked                   SIGTRAP is blocked from the start, and has to be in the end
 *   become PROGRAM...         executes PROGRAM first, after it has set the log callback
 *   thread                    calls create in another thread
 *   thread become PROGRAM...  executes PROGRAM in another thread
 *   logging PROGRAM...        the same, as soon as a line is to be logged
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

long long gvproxy_create(char *json, char **error_out);
void gvproxy_set_log_callback(void (*callback)(int level, const char *message));

/* By which an affected shim is known. */
extern const char marker[];
const char marker[] = "allowNet: DNS sinkhole configured";

static void (*volatile log_callback)(int level, const char *message);
static volatile sig_atomic_t urgent;

void gvproxy_set_log_callback(void (*callback)(int level, const char *message))
{
    log_callback = callback;
}

__attribute__((noinline)) long long gvproxy_create(char *json, char **error_out)
{
    /* What cgo's wrapper of two arguments passes on: attach tells the two kinds apart by it. */
    __asm__ volatile("mov $0x18, %%edx" ::: "rdx");
    printf("create %s\n", json);
    raise(SIGURG);
    *error_out = NULL;
    return 7;
}

static void on_urgent(int number)
{
    (void)number;
    urgent++;
}

static volatile sig_atomic_t trapped;

static void on_trap(int number)
{
    (void)number;
    trapped++;
}

/* Traps reach their handler, where they are not blocked. */
static int differs_trap(int handled, int blocked)
{
    struct sigaction now;

    sigaction(SIGTRAP, NULL, &now);
    if (now.sa_handler != (handled ? on_trap : SIG_DFL)) {
        return 1;
    }
    if (!handled || blocked) {
        return 0;
    }
    trapped = 0;
    __asm__ volatile("int3");
    return trapped != 1;
}

struct seen {
    uint64_t kept[5]; /* rbx, r12 to r15 */
    long long result;
    uint32_t mxcsr;
    uint16_t control;
};

static const uint64_t patterns[5] = {0x1111111111111111, 0x2222222222222222, 0x3333333333333333,
                                     0x4444444444444444, 0x5555555555555555};
static const uint32_t odd_mxcsr = 0x7f80;   /* rounds towards zero */
static const uint16_t odd_control = 0x0e7f; /* likewise, and double precision */

/* Calls create with a pattern in each register that a call must leave alone. */
static void call_create(char *json, char **error_out, struct seen *seen)
{
    const uint64_t *const from = patterns;

    __asm__ volatile("ldmxcsr %[mxcsr]\n\t"
                     "fldcw %[control]" ::[mxcsr] "m"(odd_mxcsr),
                     [control] "m"(odd_control));
    __asm__ volatile("push %%rbp\n\t"
                     "mov %%rsp, %%rbp\n\t"
                     "and $-16, %%rsp\n\t"
                     "push %[seen]\n\t"
                     "push %[seen]\n\t"
                     "mov 0(%[from]), %%rbx\n\t"
                     "mov 8(%[from]), %%r12\n\t"
                     "mov 16(%[from]), %%r13\n\t"
                     "mov 24(%[from]), %%r14\n\t"
                     "mov 32(%[from]), %%r15\n\t"
                     "call gvproxy_create\n\t"
                     "pop %%rcx\n\t"
                     "mov %%rbx, 0(%%rcx)\n\t"
                     "mov %%r12, 8(%%rcx)\n\t"
                     "mov %%r13, 16(%%rcx)\n\t"
                     "mov %%r14, 24(%%rcx)\n\t"
                     "mov %%r15, 32(%%rcx)\n\t"
                     "mov %%rax, 40(%%rcx)\n\t"
                     "mov %%rbp, %%rsp\n\t"
                     "pop %%rbp"
                     : "+D"(json), "+S"(error_out)
                     : [seen] "a"(seen), [from] "d"(from)
                     : "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc",
                       "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    __asm__ volatile("stmxcsr %[mxcsr]\n\t"
                     "fnstcw %[control]"
                     : [mxcsr] "=m"(seen->mxcsr), [control] "=m"(seen->control));
}

static int differ(const char *what)
{
    printf("different: %s\n", what);
    return 1;
}

static int compare(const struct seen *seen, const stack_t *stack, const sigset_t *mask, int handled,
                   int blocked)
{
    stack_t stack_now;
    sigset_t mask_now;
    int different = 0;

    if (memcmp(seen->kept, patterns, sizeof(patterns)) != 0) {
        different = differ("registers");
    }
    if (seen->mxcsr != odd_mxcsr || seen->control != odd_control) {
        different = differ("floating point control");
    }
    if (sigaltstack(NULL, &stack_now) != 0 || stack_now.ss_sp != stack->ss_sp ||
        stack_now.ss_size != stack->ss_size || stack_now.ss_flags != stack->ss_flags) {
        different = differ("alternate stack");
    }
    if (sigprocmask(SIG_BLOCK, NULL, &mask_now) != 0 || sigismember(&mask_now, SIGUSR2) != 1 ||
        sigismember(&mask_now, SIGUSR1) != 0 || memcmp(&mask_now, mask, 8) != 0) {
        different = differ("signal mask");
    }
    if (differs_trap(handled, blocked)) {
        different = differ("SIGTRAP");
    }
    if (waitpid(-1, NULL, WNOHANG | __WALL) != -1 || errno != ECHILD) {
        different = differ("children");
    }
    if (urgent != 1) {
        different = differ("signals delivered");
    }
    return different;
}

static void *become(void *command)
{
    char **const arguments = command;

    execv(arguments[0], arguments);
    printf("cannot execute %s\n", arguments[0]);
    _exit(2);
}

static void *create_in_thread(void *json)
{
    char *error;

    gvproxy_create(json, &error);
    return NULL;
}

static void in_thread(void *(*work)(void *), void *argument)
{
    pthread_t thread;

    pthread_create(&thread, NULL, work, argument);
    pthread_join(thread, NULL);
}

static char **when_logging;

static void print_line(int level, const char *message)
{
    printf("log %d %s\n", level, message);
    if (when_logging != NULL) {
        in_thread(become, when_logging);
    }
}

int main(int argc, char **argv)
{
    const int threaded = argc > 1 && strcmp(argv[1], "thread") == 0;
    const int blocked = argc > 1 && strcmp(argv[1], "blocked") == 0;
    const int handled = !threaded;
    const int becomes = argc > 2 + threaded && strcmp(argv[1 + threaded], "become") == 0;
    static char stack_bytes[65536];
    static char json[1 << 16];
    const stack_t stack = {.ss_sp = stack_bytes, .ss_size = sizeof(stack_bytes)};
    const struct sigaction action = {.sa_handler = on_urgent, .sa_flags = SA_ONSTACK | SA_RESTART};
    const struct sigaction trap = {.sa_handler = on_trap, .sa_flags = SA_RESTART};
    struct seen seen = {0};
    sigset_t mask;
    char *error = (char *)"untouched";
    /* The function itself, and no copy of it that the compiler has made. */
    void (*volatile set_callback)(void (*)(int, const char *)) = gvproxy_set_log_callback;
    int different;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (becomes) {
        set_callback(print_line);
        if (threaded) {
            in_thread(become, argv + 3);
        } else {
            become(argv + 2);
        }
    }
    if (argc > 2 && strcmp(argv[1], "logging") == 0) {
        when_logging = argv + 2;
    }
    json[fread(json, 1, sizeof(json) - 1, stdin)] = '\0';
    if (handled) {
        sigaction(SIGTRAP, &trap, NULL);
    }
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    if (blocked) {
        sigaddset(&mask, SIGTRAP);
    }
    sigaltstack(&stack, NULL);
    sigaction(SIGURG, &action, NULL);

    set_callback(print_line);
    if (threaded) {
        in_thread(create_in_thread, json);
    }
    call_create(json, &error, &seen);
    if (seen.result < 0) {
        printf("refused %s\n", error);
        free(error);
        urgent = 1; /* create was not there to raise it */
    } else if (seen.result != 7) {
        differ("result");
    }
    different = compare(&seen, &stack, &mask, handled, blocked);
    if (!different) {
        printf("same\n");
    }
    return different;
}
