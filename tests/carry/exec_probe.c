/*
 * Calls a function of the exec family in a given place and says how it went, so that a run with the
 * preload can be compared with one without:
 *
 *   exec-probe FUNCTION CONTEXT ENVIRONMENT PATH [ARGUMENT...]
 *
 * CONTEXT is main, fork, vfork, thread, small-thread (with the smallest stack there is), signal or
 * constructor; ENVIRONMENT is inherit, null, empty, many (1,200 variables), given (PROBE=given
 * alone) or, for functions that take none, what `environ` is made beforehand. An argument "@N"
 * stands for N copies of "x"; PATH "@null" for NULL. Prints "errno N", "error N" (of posix_spawn),
 * "status N" (of a child), or what PATH prints.
 *
 * Using the heap on the way to the original ends it. After a vforked child it prints whether the
 * parent's mappings, environment and the preload's own data are what they were.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define X10   "x", "x", "x", "x", "x", "x", "x", "x", "x", "x"
#define X100  X10, X10, X10, X10, X10, X10, X10, X10, X10, X10
#define X1000 X100, X100, X100, X100, X100, X100, X100, X100, X100, X100

struct request {
    const char *function;
    const char *path;
    char **argv;
    char **envp;
};

static struct request request;

/*
 * The heap of this program and all objects in it. In a forked child of a program with threads the
 * allocator's locks may be somebody's who does not exist there, and in a vforked one it is the
 * parent's heap: nobody on the way to the original may use it.
 */
static volatile bool heap_forbidden;
static volatile size_t heap_used;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static void note_heap(void)
{
    static const char text[] = "heap used\n";

    heap_used++;
    if (heap_forbidden && write(STDOUT_FILENO, text, strlen(text)) >= 0) {
        _exit(46);
    }
}

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    note_heap();
    return __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    note_heap();
    return __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *block, size_t size)
{
    note_heap();
    return __libc_realloc(block, size);
}

/* Whether other objects, such as libc, come through here at all. */
static bool heap_is_watched(void)
{
    const size_t before = heap_used;
    char *copy = strdup("x");

    free(copy);
    return heap_used > before;
}

/* The list functions take what a program spells out: up to three arguments, or 1101 of them. */
static int call_list(const struct request *r)
{
    const char *path = r->path;
    char *const *a = r->argv;
    size_t count = 0;

    while (a[count] != NULL) {
        count++;
    }
    if (strcmp(r->function, "execl") == 0) {
        return count > 4 ? execl(path, a[0], X1000, X100, (char *)NULL)
                         : execl(path, a[0], count > 1 ? a[1] : (char *)NULL,
                                 count > 2 ? a[2] : (char *)NULL, count > 3 ? a[3] : (char *)NULL,
                                 (char *)NULL);
    }
    if (strcmp(r->function, "execlp") == 0) {
        return count > 4 ? execlp(path, a[0], X1000, X100, (char *)NULL)
                         : execlp(path, a[0], count > 1 ? a[1] : (char *)NULL,
                                  count > 2 ? a[2] : (char *)NULL, count > 3 ? a[3] : (char *)NULL,
                                  (char *)NULL);
    }
    if (count > 4) {
        return execle(path, a[0], X1000, X100, (char *)NULL, r->envp);
    }
    if (count == 1) {
        return execle(path, a[0], (char *)NULL, r->envp);
    }
    if (count == 2) {
        return execle(path, a[0], a[1], (char *)NULL, r->envp);
    }
    if (count == 3) {
        return execle(path, a[0], a[1], a[2], (char *)NULL, r->envp);
    }
    return execle(path, a[0], a[1], a[2], a[3], (char *)NULL, r->envp);
}

/* By descriptor; a path that cannot be opened fails as open(2) does, with or without the preload.
 */
static int call_descriptor(const struct request *r)
{
    const int file = open(r->path, O_PATH | O_CLOEXEC);
    int status;
    int error;

    if (file < 0) {
        return -1;
    }
    status = strcmp(r->function, "fexecve") == 0
                 ? fexecve(file, r->argv, r->envp)
                 : execveat(file, "", r->argv, r->envp, AT_EMPTY_PATH);
    error = errno;
    close(file);
    errno = error;
    return status;
}

static int call_spawn(const struct request *r)
{
    pid_t child = -1;
    int status = 0;
    const int error = (strcmp(r->function, "posix_spawn") == 0 ? posix_spawn : posix_spawnp)(
        &child, r->path, NULL, NULL, r->argv, r->envp);

    if (error != 0) {
        printf("error %d\n", error);
        return 0;
    }
    waitpid(child, &status, 0);
    printf("status %x\n", (unsigned)status);
    return 0;
}

static int call_function(void)
{
    const struct request *r = &request;

    if (strncmp(r->function, "execl", 5) == 0) {
        return call_list(r);
    }
    if (strcmp(r->function, "fexecve") == 0 || strcmp(r->function, "execveat-empty") == 0) {
        return call_descriptor(r);
    }
    if (strcmp(r->function, "execve") == 0) {
        return execve(r->path, r->argv, r->envp);
    }
    if (strcmp(r->function, "execvpe") == 0) {
        return execvpe(r->path, r->argv, r->envp);
    }
    if (strcmp(r->function, "execv") == 0) {
        return execv(r->path, r->argv);
    }
    if (strcmp(r->function, "execvp") == 0) {
        return execvp(r->path, r->argv);
    }
    if (strcmp(r->function, "execveat") == 0) {
        return execveat(AT_FDCWD, r->path, r->argv, r->envp, 0);
    }
    if (strcmp(r->function, "execveat-check") == 0) {
        return execveat(AT_FDCWD, r->path, r->argv, r->envp, 0x10000); /* AT_EXECVE_CHECK */
    }
    fprintf(stderr, "exec-probe: no function %s\n", r->function);
    exit(64);
}

/* Returns only if the exec failed or was a spawn. In a vforked child nothing is printed here. */
static int call(void)
{
    int status;

    if (strncmp(request.function, "posix_spawn", 11) == 0) {
        return call_spawn(&request);
    }
    heap_forbidden = true;
    status = call_function();
    heap_forbidden = false;
    return status;
}

static void report(int status)
{
    if (status < 0) {
        printf("errno %d\n", errno);
    }
    fflush(stdout);
}

static void *call_in_thread(void *unused)
{
    (void)unused;
    errno = 0;
    report(call());
    return NULL;
}

static void on_signal(int number)
{
    (void)number;
    errno = 0;
    report(call());
}

/* On a signal stack as crash handlers have one: what the kernel needs, and 8 KiB. */
static void call_in_signal(void)
{
    const size_t guard = 65536;
    const size_t size = (size_t)sysconf(_SC_MINSIGSTKSZ) + 8192;
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    char *area =
        mmap(NULL, guard + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_size = size};

    if (area == MAP_FAILED || mprotect(area, guard, PROT_NONE) != 0) {
        exit(64);
    }
    stack.ss_sp = area + guard;
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
}

static void report_child(pid_t child)
{
    int status = 0;

    waitpid(child, &status, 0);
    printf("status %x\n", (unsigned)status);
}

/* Everything mapped, and the contents of the preload's data. */
struct snapshot {
    char maps[65536];
    uint64_t data;
    uint64_t environment;
};

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static void take_snapshot(struct snapshot *out)
{
    const int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    bool preload = false;
    size_t used = 0;
    ssize_t count;

    memset(out, 0, sizeof(*out));
    while ((count = read(file, out->maps + used, sizeof(out->maps) - 1 - used)) > 0) {
        used += (size_t)count;
    }
    close(file);
    for (char *line = out->maps; *line != '\0'; line = strchr(line, '\n') + 1) {
        unsigned long begin;
        unsigned long end;
        char mode[5];
        const char *tail = strchr(line, '\n');

        sscanf(line, "%lx-%lx %4s", &begin, &end, mode);
        if (memmem(line, (size_t)(tail - line), "libboxlite_allownet.so", 22) != NULL) {
            preload = true;
        } else if (memmem(line, (size_t)(tail - line), "/", 1) != NULL || tail[-1] == ']') {
            preload = false; /* what follows without a name is its .bss */
        }
        if (preload && mode[1] == 'w') {
            out->data = hash_bytes(out->data, (const void *)begin, end - begin);
        }
    }
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        out->environment = hash_bytes(out->environment, entry, sizeof(*entry));
        out->environment = hash_bytes(out->environment, *entry, strlen(*entry));
    }
}

static void call_in_vfork(void)
{
    static struct snapshot before;
    static struct snapshot after;
    static volatile int error;
    pid_t child;

    take_snapshot(&before);
    child = vfork();
    if (child == 0) {
        error = 0;
        call();
        error = errno;
        _exit(44);
    }
    heap_forbidden = false;
    take_snapshot(&after);
    report_child(child);
    printf("errno %d\n", error);
    printf("maps %s data %s environment %s\n",
           strcmp(before.maps, after.maps) == 0 ? "same" : "differ",
           before.data == after.data ? "same" : "differ",
           before.environment == after.environment ? "same" : "differ");
}

static void call_in_thread_of(size_t stack_size)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    if (stack_size > 0) {
        pthread_attr_setstacksize(&attributes, stack_size);
    }
    pthread_create(&thread, &attributes, call_in_thread, NULL);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

static void call_in(const char *context)
{
    pid_t child;

    if (strcmp(context, "vfork") == 0) {
        call_in_vfork();
    } else if (strcmp(context, "signal") == 0) {
        call_in_signal();
    } else if (strcmp(context, "fork") == 0) {
        child = fork();
        if (child == 0) {
            errno = 0;
            report(call());
            _exit(44);
        }
        report_child(child);
    } else if (strcmp(context, "thread") == 0) {
        call_in_thread_of(0);
    } else if (strcmp(context, "small-thread") == 0) {
        call_in_thread_of((size_t)PTHREAD_STACK_MIN);
    } else {
        errno = 0;
        report(call());
    }
}

static char **expand(char **words)
{
    char **out = calloc(4000000, sizeof(*out));
    size_t count = 0;

    for (; *words != NULL; words++) {
        long copies = (*words)[0] == '@' ? atol(*words + 1) : -1;

        if (copies < 0) {
            out[count++] = *words;
        }
        while (copies-- > 0) {
            out[count++] = (char *)"x";
        }
    }
    return out;
}

/* The environment with 1,200 variables more. */
static char **many(void)
{
    char **out = calloc(4096, sizeof(*out));
    size_t count = 0;

    for (; environ[count] != NULL; count++) {
        out[count] = environ[count];
    }
    for (int i = 0; i < 1200; i++) {
        if (asprintf(&out[count++], "MANY_%d=x", i) < 0) {
            exit(64);
        }
    }
    return out;
}

static void prepare(char **argv)
{
    static char *empty[] = {NULL};
    static char *given[] = {(char *)"PROBE=given", (char *)"PATH=/nowhere", NULL};
    const char *environment = argv[3];

    request.function = argv[1];
    request.path = strcmp(argv[4], "@null") == 0 ? NULL : argv[4];
    request.argv = expand(argv + 5);
    request.envp = strcmp(environment, "null") == 0    ? NULL
                   : strcmp(environment, "empty") == 0 ? empty
                   : strcmp(environment, "given") == 0 ? given
                   : strcmp(environment, "many") == 0  ? many()
                                                       : environ;
    /* These take none: theirs is `environ`. */
    if (strcmp(argv[1], "execv") == 0 || strcmp(argv[1], "execvp") == 0 ||
        strcmp(argv[1], "execl") == 0 || strcmp(argv[1], "execlp") == 0) {
        environ = request.envp;
    }
}

__attribute__((constructor)) static void at_start(int argc, char **argv)
{
    if (argc < 6 || strcmp(argv[2], "constructor") != 0) {
        return;
    }
    prepare(argv);
    call_in("constructor");
    _exit(0);
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fputs("usage: exec-probe FUNCTION CONTEXT ENVIRONMENT PATH ARGV0 [ARGUMENT...]\n", stderr);
        return 64;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!heap_is_watched()) {
        fputs("exec-probe: nobody would notice a use of the heap\n", stderr);
        return 64;
    }
    prepare(argv);
    call_in(argv[2]);
    return 0;
}
