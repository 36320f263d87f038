/* Which starts go through our command, and with which arguments and environment. */
#include "shim/carry/exec_route.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/keep.h"
#include "shim/base/names.h"
#include "shim/base/trust.h"
#include "shim/base/variables.h"
#include "shim/base/whole_file.h"
#include "shim/boxlite/bwrap_line.h"

#define SHIM       NAMES_SHIM
#define LD_PRELOAD "LD_PRELOAD="

/* Without a shim in it the line is a probe of boxlite's or somebody else's jail. */
static bool may_start_shim_in_jail(char *const argv[])
{
    const struct bwrap_line line = bwrap_line_read(argv);

    return bwrap_line_shim(argv, &line) != BWRAP_LINE_SHIM_NONE;
}

bool exec_route_concerns(const struct carry *carry, const char *name, char *const argv[])
{
    const char *base;

    if (carry == NULL || name == NULL) {
        return false;
    }
    base = names_base(name);
    if (base[0] != 'b') {
        return false;
    }
    return strcmp(base, SHIM) == 0 ||
           (strcmp(base, NAMES_BWRAP) == 0 && may_start_shim_in_jail(argv));
}

/* After a call that failed. What may pass is left to our command, which will see it or not: the
   kernel may execute the file a moment later. */
static bool may_pass(void)
{
    return errno == ENOMEM || errno == EIO || errno == ESTALE || errno == EINTR;
}

static bool is_executable_file(const char *path, int at_flags)
{
    struct stat status;

    if (fstatat(AT_FDCWD, path, &status, at_flags) != 0) {
        return may_pass();
    }
    return S_ISREG(status.st_mode) && (access(path, X_OK) == 0 || may_pass());
}

static bool has_interpreter(int file, const ElfW(Ehdr) * header)
{
    for (size_t i = 0; i < header->e_phnum; i++) {
        const off_t at = (off_t)(header->e_phoff + i * sizeof(ElfW(Phdr)));
        ElfW(Phdr) segment;

        if (whole_file_read_at(file, &segment, sizeof(segment), at) != 0) {
            return false;
        }
        if (segment.p_type == PT_INTERP) {
            return true;
        }
    }
    return false;
}

/* A shim that the dynamic loader, or the interpreter of a script, brings our object into. One that
   cannot be read is left to our command, which says so. */
static bool loads_objects(const char *path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ElfW(Ehdr) header;
    bool loads;

    if (file < 0) {
        return false;
    }
    if (whole_file_read_at(file, &header, sizeof(header), 0) != 0) {
        loads = errno == EBADMSG; /* a script, shorter than a header */
    } else {
        loads = memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || has_interpreter(file, &header);
    }
    close(file);
    return loads;
}

static void judge(struct exec_route *route, const char *path, int at_flags)
{
    if (!is_executable_file(path, at_flags)) {
        return;
    }
    if (strcmp(names_base(path), SHIM) == 0 && loads_objects(path)) {
        route->kind = EXEC_ENVIRONMENT;
    } else {
        route->kind = EXEC_LAUNCH;
    }
}

/* "ENTRY/name"; an empty entry is the working directory. False if it is longer than any path. */
static bool join(char *path, const char *entry, size_t length, const char *name)
{
    const size_t size = strlen(name) + 1;

    if (length + 1 + size > PATH_MAX) {
        return false;
    }
    memcpy(path, entry, length);
    if (length > 0) {
        path[length++] = '/';
    }
    memcpy(path + length, name, size);
    return true;
}

/* The first that could be executed is taken, which is the first where execvp would not go on. */
static void search_path(struct exec_route *route, const char *name)
{
    const char *entry = variables_get("PATH");

    if (entry == NULL) {
        entry = "/bin:/usr/bin"; /* glibc's confstr(_CS_PATH) */
    }
    for (;;) {
        const char *const end = strchrnul(entry, ':');

        if (join(route->path, entry, (size_t)(end - entry), name)) {
            judge(route, route->path, 0);
        }
        if (route->kind != EXEC_PASS || *end == '\0') {
            return;
        }
        entry = end + 1;
    }
}

/* The path by which our command will find the same file: `name` is relative to a descriptor that
   may be closed by then. */
static bool path_from_directory(int dirfd, const char *name, char *path)
{
    char link[64] = "/proc/self/fd/";
    char digits[16];
    size_t count = 0;
    size_t length = strlen(link);
    ssize_t read;

    for (unsigned rest = (unsigned)dirfd; count == 0 || rest > 0; rest /= 10) {
        digits[count++] = (char)('0' + rest % 10);
    }
    while (count > 0) {
        link[length++] = digits[--count];
    }
    link[length] = '\0';
    read = readlink(link, path, PATH_MAX - 1);
    if (read <= 0) {
        return false;
    }
    path[read] = '\0';
    if (name[0] == '\0') {
        return true;
    }
    return join(path, path, (size_t)read, name);
}

/* What is found under the path in the end has to be the file that was meant. */
static bool same_file(const struct exec_call *call, const char *path)
{
    struct stat meant;
    struct stat found;

    if (fstatat(call->dirfd, call->name, &meant, call->at_flags) != 0 || stat(path, &found) != 0) {
        return may_pass();
    }
    return meant.st_dev == found.st_dev && meant.st_ino == found.st_ino;
}

void exec_route_find(const struct carry *carry, const struct exec_call *call, char *const argv[],
                     char *const envp[], struct exec_route *out)
{
    static char *const nothing[] = {NULL};
    KEEP_ERRNO;

    out->kind = EXEC_PASS;
    out->carry = carry;
    out->given_argv = argv != NULL ? argv : nothing;
    out->given_envp = envp != NULL ? envp : nothing;
    if (call->search && strchr(call->name, '/') == NULL) {
        search_path(out, call->name);
    } else if (call->dirfd == AT_FDCWD || call->name[0] == '/') {
        if (join(out->path, "", 0, call->name)) {
            judge(out, out->path, call->at_flags);
        }
    } else if (path_from_directory(call->dirfd, call->name, out->path) &&
               exec_route_concerns(carry, out->path, argv) && same_file(call, out->path)) {
        judge(out, out->path, 0);
    }
}

static size_t count_strings(char *const *strings)
{
    size_t count = 0;

    while (strings[count] != NULL) {
        count++;
    }
    return count;
}

/* The value of the variable that `entry` ("NAME=...") names, or NULL. */
static const char *find_variable(char *const *environment, const char *entry)
{
    const size_t length = (size_t)(strchr(entry, '=') - entry) + 1;

    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, entry, length) == 0) {
            return *environment + length;
        }
    }
    return NULL;
}

/* `value` is LD_PRELOAD's. */
static bool names_object(const char *value, const char *object)
{
    const size_t length = strlen(object);

    for (const char *at = value; (at = strstr(at, object)) != NULL; at += length) {
        if ((at == value || strchr(" :", at[-1]) != NULL) && strchr(" :", at[length]) != NULL) {
            return true; /* strchr also finds the terminator */
        }
    }
    return false;
}

size_t exec_route_size(const struct exec_route *route)
{
    static const size_t words_of_our_own = 16; /* "launch" and the like, and two terminators */
    const char *preload = find_variable(route->given_envp, LD_PRELOAD);
    const size_t words = count_strings(route->given_argv) + count_strings(route->given_envp) +
                         CARRY_VARIABLES_MAX + words_of_our_own;

    return words * sizeof(char *) + sizeof(LD_PRELOAD) + strlen(route->carry->object) + 1 +
           (preload != NULL ? strlen(preload) : 0);
}

/* Appends the variables that the caller has left out. Returns how many. */
static size_t lend_variables(const struct exec_route *route, char **end)
{
    size_t count = 0;

    for (char *const *entry = route->carry->variables; *entry != NULL; entry++) {
        if (find_variable(route->given_envp, *entry) == NULL) {
            end[count++] = *entry;
        }
    }
    end[count] = NULL;
    return count;
}

/* Sees to it that LD_PRELOAD names our object. `text` has room for the value. */
static char **set_preload(const struct exec_route *route, char **environment, char **end,
                          char *text)
{
    const char *given = find_variable(route->given_envp, LD_PRELOAD);
    char *write = text;

    if (given != NULL && names_object(given, route->carry->object)) {
        return end;
    }
    write = stpcpy(stpcpy(write, LD_PRELOAD), route->carry->object);
    if (given == NULL) {
        *end++ = text;
    } else {
        if (given[0] != '\0') {
            stpcpy(stpcpy(write, ":"), given);
        }
        while (*environment + strlen(LD_PRELOAD) != given) {
            environment++;
        }
        *environment = text;
    }
    *end = NULL;
    return end;
}

static void fill_argv(const struct exec_route *route, char **to, size_t lent, char *number)
{
    char *const *given = route->given_argv;

    number[0] = (char)('0' + lent / 10);
    number[1] = (char)('0' + lent % 10);
    number[2] = '\0';
    *to++ = (char *)NAMES_COMMAND;
    *to++ = (char *)"launch";
    *to++ = (char *)"--lent";
    *to++ = number;
    *to++ = (char *)"--argv0";
    *to++ = given[0] != NULL ? given[0] : (char *)"";
    *to++ = (char *)"--";
    *to++ = (char *)route->path;
    if (given[0] != NULL) {
        while (*++given != NULL) {
            *to++ = *given;
        }
    }
    *to = NULL;
}

void exec_route_fill(struct exec_route *route, void *room)
{
    const size_t given = count_strings(route->given_envp);
    char **const environment = room;
    char **end = environment + given;
    size_t lent;
    char *text;
    char **argv;

    memcpy(environment, route->given_envp, given * sizeof(*environment));
    lent = lend_variables(route, end);
    end += lent;
    route->envp = environment;
    if (route->kind == EXEC_ENVIRONMENT) {
        text = (char *)(end + 2);
        set_preload(route, environment, end, text);
        route->argv = route->given_argv;
        return;
    }
    argv = end + 1;
    text = (char *)(argv + count_strings(route->given_argv) + 9);
    fill_argv(route, argv, lent, text);
    route->argv = argv;
}

bool exec_route_is_trusted(const struct exec_route *route)
{
    KEEP_ERRNO;
    struct stat status;

    return stat(route->carry->command, &status) != 0 ||
           trust_neighbour(&status, &route->carry->object_status);
}
