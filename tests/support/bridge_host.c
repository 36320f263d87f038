/*
 * bridge-host: a program that uses the bridge as boxlite up to 0.6 does, linked to libgvproxy.so,
 * driven by commands on stdin that are answered with one line each on stdout. Which variant of the
 * bridge it runs with is up to LD_LIBRARY_PATH. The commands are in the table at the end.
 */
#include "tests/support/bridge_host.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* The bridge. Builds with one argument get a second one all the same: both ABIs pass it in a
   register that such a build does not look at. */
long long gvproxy_create(char *config, char **error);
int gvproxy_destroy(long long handle);
char *gvproxy_get_stats(long long handle);
char *gvproxy_get_version(void);
void gvproxy_set_log_callback(void (*callback)(int level, const char *message));
void gvproxy_free_string(char *text);

enum { PARALLEL_MAX = 256 };

struct creation {
    char *config;
    long long handle;
    long long elapsed_ms;
    char *error; /* the bridge's, or NULL */
};

struct parallel {
    pthread_barrier_t *barrier;
    struct creation creation;
};

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The whole file as a string on the heap, or NULL. */
static char *file_read(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;

    if (!file) {
        return NULL;
    }
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = ferror(file) ? NULL : strdup("");
    }
    fclose(file);
    return text;
}

static void creation_run(struct creation *creation, char **error)
{
    const long long begin = now_ms();

    creation->handle = gvproxy_create(creation->config, error);
    creation->elapsed_ms = now_ms() - begin;
}

/* Ends the line that a command has begun, and what the bridge allocated. */
static void creation_print(struct creation *creation)
{
    if (creation->handle >= 0) {
        printf("created %lld %lld", creation->handle, creation->elapsed_ms);
        return;
    }
    printf("failed %lld ", creation->elapsed_ms);
    for (const char *at = creation->error ? creation->error : "-"; *at; at++) {
        putchar(*at == '\n' ? ' ' : *at);
    }
    if (creation->error) {
        gvproxy_free_string(creation->error);
    }
}

static void command_create(char *path)
{
    struct creation creation = {.config = file_read(path)};

    if (!creation.config) {
        printf("error %s", strerror(errno));
        return;
    }
    creation_run(&creation, &creation.error);
    creation_print(&creation);
    free(creation.config);
}

static void command_create_null(char *unused)
{
    struct creation creation = {.config = NULL};

    (void)unused;
    creation_run(&creation, &creation.error);
    creation_print(&creation);
}

/* What a caller of a one-argument bridge leaves in the second argument's register is anything; here
   it is the address of a page that nobody can touch and live. */
static void command_create_onearg(char *path)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct creation creation = {.config = file_read(path)};
    void *guard = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (!creation.config || guard == MAP_FAILED) {
        printf("error %s", strerror(errno));
    } else {
        creation_run(&creation, guard);
        creation_print(&creation);
    }
    if (guard != MAP_FAILED) {
        munmap(guard, page);
    }
    free(creation.config);
}

/* Hands over the configuration in memory that cannot be written, and says where it was. */
static void command_unchanged(char *path)
{
    char *text = file_read(path);
    const size_t size = text ? strlen(text) + 1 : 1;
    char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct creation creation = {.config = pages};

    if (text && pages != MAP_FAILED) {
        memcpy(pages, text, size);
    }
    if (!text || pages == MAP_FAILED || mprotect(pages, size, PROT_READ) != 0) {
        printf("error %s", strerror(errno));
    } else {
        creation_run(&creation, &creation.error);
        printf("%s %#llx ", memcmp(pages, text, size) == 0 ? "same" : "altered",
               (unsigned long long)(uintptr_t)pages);
        creation_print(&creation);
    }
    if (pages != MAP_FAILED) {
        munmap(pages, size);
    }
    free(text);
}

static void command_destroy(char *handle)
{
    printf("destroyed %d", gvproxy_destroy(strtoll(handle, NULL, 10)));
}

static void print_and_free(const char *what, char *text)
{
    printf("%s %s", what, text ? text : "-");
    if (text) {
        gvproxy_free_string(text);
    }
}

static void command_stats(char *handle)
{
    print_and_free("stats", gvproxy_get_stats(strtoll(handle, NULL, 10)));
}

static void command_version(char *unused)
{
    (void)unused;
    print_and_free("version", gvproxy_get_version());
}

static void log_line(int level, const char *message)
{
    fprintf(stderr, "log %d %s\n", level, message);
}

/* The name that log_line_and_look_up looks up. */
static char looked_up[256];

/* The host's own lookup, in the middle of a create: the bridge logs what it was told. */
static void log_line_and_look_up(int level, const char *message)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    const int status = getaddrinfo(looked_up, NULL, &hints, &list);
    char address[NI_MAXHOST] = "-";

    if (status == 0) {
        getnameinfo(list->ai_addr, list->ai_addrlen, address, sizeof(address), NULL, 0,
                    NI_NUMERICHOST);
        freeaddrinfo(list);
    }
    fprintf(stderr, "looked up %s %d %s\n", looked_up, status, address);
    log_line(level, message);
}

static void command_callback(char *state)
{
    if (strncmp(state, "look-up ", strlen("look-up ")) == 0) {
        snprintf(looked_up, sizeof(looked_up), "%s", state + strlen("look-up "));
        gvproxy_set_log_callback(log_line_and_look_up);
        printf("callback look-up");
    } else {
        const bool on = strcmp(state, "on") == 0;

        gvproxy_set_log_callback(on ? log_line : NULL);
        printf("callback %s", on ? "on" : "off");
    }
}

static void *parallel_thread(void *argument)
{
    struct parallel *parallel = argument;

    pthread_barrier_wait(parallel->barrier);
    creation_run(&parallel->creation, &parallel->creation.error);
    return NULL;
}

/* A thread that is missing would leave the others at the barrier for ever, hence the end. */
static void parallel_run(struct parallel *all, unsigned count)
{
    pthread_barrier_t barrier;
    pthread_t threads[PARALLEL_MAX];

    pthread_barrier_init(&barrier, NULL, count);
    for (unsigned i = 0; i < count; i++) {
        all[i].barrier = &barrier;
        if (pthread_create(&threads[i], NULL, parallel_thread, &all[i]) != 0) {
            fprintf(stderr, "bridge-host: no thread\n");
            exit(1);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&barrier);
    for (unsigned i = 0; i < count; i++) {
        printf("%s%u ", i > 0 ? "\n" : "", i);
        creation_print(&all[i].creation);
    }
}

static void command_parallel(char *arguments)
{
    char *rest = NULL;
    char *word = strtok_r(arguments, " ", &rest);
    const unsigned long count = word ? strtoul(word, NULL, 10) : 0;
    struct parallel *all = calloc(PARALLEL_MAX, sizeof(*all));
    bool good = all && count > 0 && count <= PARALLEL_MAX;

    for (unsigned i = 0; good && i < count; i++) {
        word = strtok_r(NULL, " ", &rest);
        all[i].creation.config = word ? file_read(word) : NULL;
        good = all[i].creation.config != NULL;
    }
    if (good) {
        parallel_run(all, (unsigned)count);
    } else {
        printf("error parallel COUNT FILE..., a readable file for each");
    }
    for (unsigned i = 0; all && i < PARALLEL_MAX; i++) {
        free(all[i].creation.config);
    }
    free(all);
}

static const struct command {
    const char *name;
    void (*run)(char *argument);
} commands[] = {
    {"create", command_create},
    {"create-onearg", command_create_onearg},
    {"create-null", command_create_null},
    {"unchanged", command_unchanged},
    {"parallel", command_parallel},
    {"destroy", command_destroy},
    {"stats", command_stats},
    {"version", command_version},
    {"callback", command_callback},
    {"threads", bridge_host_threads},
    {"fds", bridge_host_fds},
    {"mask", bridge_host_mask},
};

static void command_run(char *line)
{
    char *argument = line + strcspn(line, " ");

    if (*argument) {
        *argument++ = '\0';
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, line) == 0) {
            commands[i].run(argument);
            return;
        }
    }
    printf("error no such command");
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "quit") == 0) {
            break;
        }
        command_run(line);
        putchar('\n');
        fflush(stdout);
    }
    free(line);
    return 0;
}
