/*
 * A statically linked user of boxlite, which LD_PRELOAD cannot enter. It finds, copies and starts
 * the shim as boxlite does (util/binary_finder.rs, jailer/shim_copy.rs, vmm/controller/spawn.rs).
 *
 *   parent UNPACKED [BIN WORD...]
 *
 * UNPACKED is the directory of boxlite's own shim. With BIN, the box's directory for copies, the
 * command line WORD... is started, in which @ stands for the directory of the shim that was found.
 * Standard input is the configuration, descriptor 3 the watchdog.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONFIG_MAX (8U << 20)

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "parent: %s: %s\n", what, strerror(errno));
    exit(99);
}

/* The directory of the shim: the first of BOXLITE_RUNTIME_DIR that has one, else `unpacked`. */
static const char *find_directory(const char *unpacked)
{
    static char directory[PATH_MAX];
    char path[PATH_MAX + 16];
    const char *list = getenv("BOXLITE_RUNTIME_DIR");

    while (list != NULL && *list != '\0') {
        const char *end = strchrnul(list, ':');

        snprintf(directory, sizeof(directory), "%.*s", (int)(end - list), list);
        snprintf(path, sizeof(path), "%s/boxlite-shim", directory);
        if (access(path, F_OK) == 0) {
            return directory;
        }
        list = *end == ':' ? end + 1 : end;
    }
    return unpacked;
}

static void copy(const char *directory, const char *bin, const char *name, int required)
{
    char source[2 * PATH_MAX];
    char target[2 * PATH_MAX];
    struct stat status;
    off_t done = 0;
    int from;
    int to;

    snprintf(source, sizeof(source), "%s/%s", directory, name);
    snprintf(target, sizeof(target), "%s/%s", bin, name);
    from = open(source, O_RDONLY | O_CLOEXEC);
    if (from < 0 && !required) {
        return;
    }
    to = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    if (from < 0 || to < 0 || fstat(from, &status) != 0) {
        fail(source);
    }
    while (done < status.st_size) {
        if (sendfile(to, from, &done, (size_t)(status.st_size - done)) <= 0) {
            fail(target);
        }
    }
    close(from);
    close(to);
}

static size_t read_config(char *config)
{
    size_t length = 0;
    ssize_t count;

    while ((count = read(STDIN_FILENO, config + length, CONFIG_MAX - length)) > 0) {
        length += (size_t)count;
    }
    if (count < 0) {
        fail("read");
    }
    return length;
}

static void write_config(int pipe, const char *config, size_t length)
{
    while (length > 0) {
        const ssize_t count = write(pipe, config, length);

        if (count < 0) {
            fail("write to the shim");
        }
        config += count;
        length -= (size_t)count;
    }
    close(pipe);
}

int main(int argc, char **argv)
{
    static char config[CONFIG_MAX];
    char shim[PATH_MAX + 16];
    char *plain[] = {shim, NULL};
    const char *directory;
    int pipes[2];
    size_t length;
    int status;
    pid_t child;

    if (argc < 2) {
        return 98;
    }
    directory = find_directory(argv[1]);
    snprintf(shim, sizeof(shim), "%s/boxlite-shim", directory);
    if (argc > 2) {
        copy(directory, argv[2], "boxlite-shim", 1);
        copy(directory, argv[2], "libkrunfw.so.5", 0);
        for (int i = 3; i < argc; i++) {
            if (strcmp(argv[i], "@") == 0) {
                argv[i] = (char *)directory;
            }
        }
    }
    length = read_config(config);
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        fail("pipe2");
    }
    child = fork();
    if (child == 0) {
        char **words = argc > 2 ? argv + 3 : plain;

        dup2(pipes[0], STDIN_FILENO);
        close_range(4, UINT_MAX, 0);
        setpgid(0, 0);
        execvp(words[0], words);
        fail(words[0]);
    }
    close(pipes[0]);
    close(3);
    write_config(pipes[1], config, length);
    if (child < 0 || waitpid(child, &status, 0) != child) {
        fail("start");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
