/*
 * reload COUNT WORD...: a host that loads and unloads the bridge and modules that use it. Does what
 * the words say, COUNT times over:
 *
 *   open FILE      dlopen, into a local scope; prints `open BASE FILE` the first time round
 *   listen         has the last module set its log callback
 *   create FILE    has it create and destroy a box; prints `created LINES` or `failed LINES TEXT`,
 *                  LINES being what its callback got
 *   close          dlcloses all, the last first
 *   flat           prints `flat threads 0 fds N heap N`, as torture does
 *
 * With a count above 1 only `flat` prints, halfway and in the last round.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPEN_MAX_COUNT = 8 };

static void *handles[OPEN_MAX_COUNT];
static size_t handle_count;
static bool speaks;

static void fail(const char *what)
{
    fprintf(stderr, "reload: %s: %s\n", what, dlerror());
    exit(2);
}

static void open_object(const char *path)
{
    void *const handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    struct link_map *map = NULL;

    if (handle == NULL || handle_count == OPEN_MAX_COUNT ||
        dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) {
        fail(path);
    }
    handles[handle_count++] = handle;
    if (speaks) {
        printf("open %#lx %s\n", (unsigned long)map->l_addr, path);
    }
}

static void close_all(void)
{
    while (handle_count > 0) {
        dlclose(handles[--handle_count]);
    }
}

/* A function of the last module. */
static void *function(const char *name)
{
    void *const found = handle_count > 0 ? dlsym(handles[handle_count - 1], name) : NULL;

    if (found == NULL) {
        fail(name);
    }
    return found;
}

static void listen_to_log(void)
{
    union {
        void *object;
        void (*function)(void);
    } call = {.object = function("module_listen")};

    call.function();
}

static void create(const char *path)
{
    union {
        void *object;
        int (*function)(char *config, char *text, size_t size);
    } call = {.object = function("module_create")};
    union {
        void *object;
        long (*function)(void);
    } count = {.object = function("module_lines")};
    FILE *file = fopen(path, "re");
    char *config = NULL;
    size_t size = 0;
    char text[1024];
    bool created;

    if (file == NULL || getdelim(&config, &size, '\0', file) < 0) {
        perror(path);
        exit(2);
    }
    fclose(file);
    created = call.function(config, text, sizeof(text)) != 0;
    free(config);
    if (speaks) {
        printf("%s %ld %s\n", created ? "created" : "failed", count.function(), text);
    }
}

static void flat(void)
{
    DIR *directory = opendir("/proc/self/fd");
    const struct mallinfo2 heap = mallinfo2();
    unsigned count = 0;

    if (directory == NULL) {
        fail("/proc/self/fd");
    }
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    printf("flat threads 0 fds %u heap %zu\n", count, heap.uordblks + heap.hblkhd);
}

static void run(char **words, bool look)
{
    for (char **word = words; *word != NULL; word++) {
        if (strcmp(*word, "open") == 0 && word[1] != NULL) {
            open_object(*++word);
        } else if (strcmp(*word, "create") == 0 && word[1] != NULL) {
            create(*++word);
        } else if (strcmp(*word, "listen") == 0) {
            listen_to_log();
        } else if (strcmp(*word, "close") == 0) {
            close_all();
        } else if (strcmp(*word, "flat") == 0 && look) {
            flat();
        }
    }
}

int main(int argc, char **argv)
{
    const long count = argc > 2 ? strtol(argv[1], NULL, 10) : 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    speaks = count == 1;
    for (long i = 1; i <= count; i++) {
        run(argv + 2, i == count / 2 || i == count);
    }
    return count > 0 ? 0 : 2;
}
