/*
 * A stand-in for boxlite-shim, static or not, with the text that marks an affected one, that of a
 * newer one, or none: reads standard input to its end and prints what it was started with, as one
 * line of JSON. With FAKE_SHIM_HOLD it prints "holding", closes its outputs, and reads nothing
 * until it is killed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef AFFECTED
const char marker[] = "allowNet: DNS sinkhole configured";
#elif defined(UNKNOWN)
const char marker[] = "allow_net: nothing that is known";
#else
const char marker[] = "egress dialer: parse box subnet";
#endif

static void print_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\' || (unsigned char)*text < ' ' || (*text & 0x80) != 0) {
            printf("\\u%04x", (unsigned char)*text);
        } else {
            putchar(*text);
        }
    }
    putchar('"');
}

static void print_strings(const char *key, char *const *strings)
{
    printf("\"%s\":[", key);
    for (size_t i = 0; strings[i] != NULL; i++) {
        if (i > 0) {
            putchar(',');
        }
        print_string(strings[i]);
    }
    fputs("],", stdout);
}

static void print_link(const char *path)
{
    char target[PATH_MAX];
    const ssize_t length = readlink(path, target, sizeof(target) - 1);

    target[length < 0 ? 0 : length] = '\0';
    print_string(target);
}

static void print_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    const char *comma = "";

    fputs("\"fds\":{", stdout);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        char path[64];

        if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(directory)) {
            continue;
        }
        snprintf(path, sizeof(path), "/proc/self/fd/%.10s", entry->d_name);
        printf("%s\"%s\":", comma, entry->d_name);
        print_link(path);
        comma = ",";
    }
    if (directory != NULL) {
        closedir(directory);
    }
    fputs("},", stdout);
}

/* What survives exec: blocked and ignored signals, as bits from signal 1 on. */
static void print_signals(void)
{
    sigset_t blocked;
    uint64_t mask = 0;
    uint64_t ignored = 0;

    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int i = 1; i < 65; i++) {
        struct sigaction action;

        if (sigismember(&blocked, i) == 1) {
            mask |= UINT64_C(1) << (i - 1);
        }
        if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
            ignored |= UINT64_C(1) << (i - 1);
        }
    }
    printf("\"blocked\":%llu,\"ignored\":%llu,", (unsigned long long)mask,
           (unsigned long long)ignored);
}

/* FNV-1a, enough to tell whether the bytes are the same. */
static void print_input(void)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    unsigned long length = 0;
    unsigned char bytes[65536];
    ssize_t count;

    while ((count = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0) {
        length += (unsigned long)count;
        for (ssize_t i = 0; i < count; i++) {
            hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
        }
    }
    printf("\"input_length\":%lu,\"input_hash\":\"%016llx\",\"input_failed\":%s,", length,
           (unsigned long long)hash, count < 0 ? "true" : "false");
}

/* The process's children, by /proc; "" where the kernel does not list them. */
static void print_children(void)
{
    char path[64];
    char text[256] = "";
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(text, sizeof(text), file) == NULL) {
            text[0] = '\0';
        }
        fclose(file);
    }
    fputs("\"children\":", stdout);
    print_string(text);
    putchar(',');
}

/* What the arguments --list=DIRECTORY name, with "+" before what can be written. */
static void print_listings(char *const *argv)
{
    const char *comma = "";

    fputs("\"listed\":[", stdout);
    for (; *argv != NULL; argv++) {
        const char *path = strncmp(*argv, "--list=", 7) == 0 ? *argv + 7 : NULL;
        DIR *directory = path != NULL ? opendir(path) : NULL;

        for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
            if (entry->d_name[0] == '.') {
                continue;
            }
            printf("%s\"%s%s\"", comma,
                   faccessat(dirfd(directory), entry->d_name, W_OK, 0) == 0 ? "+" : "",
                   entry->d_name);
            comma = ",";
        }
        if (directory != NULL) {
            closedir(directory);
        }
    }
    fputs("],", stdout);
}

int main(int argc, char **argv)
{
    char cwd[PATH_MAX];
    struct rlimit files;

    (void)argc;
    if (getenv("FAKE_SHIM_HOLD") != NULL) {
        puts("holding");
        fflush(stdout);
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        for (;;) {
            pause();
        }
    }
    putchar('{');
    print_descriptors();
    print_input();
    print_strings("argv", argv);
    print_strings("env", environ);
    print_signals();
    print_children();
    print_listings(argv);
    fputs("\"exe\":", stdout);
    print_link("/proc/self/exe");
    fputs(",\"stdin\":", stdout);
    print_link("/proc/self/fd/0");
    fputs(",\"cwd\":", stdout);
    print_string(getcwd(cwd, sizeof(cwd)) != NULL ? cwd : "");
    getrlimit(RLIMIT_NOFILE, &files);
    printf(",\"nofile\":%lu,\"pid\":%d,\"ppid\":%d,\"pgid\":%d,\"sid\":%d,\"marker\":%d}\n",
           (unsigned long)files.rlim_cur, (int)getpid(), (int)getppid(), (int)getpgrp(),
           (int)getsid(0), marker[0]);
    return fflush(stdout) == 0 ? 7 : 1;
}
