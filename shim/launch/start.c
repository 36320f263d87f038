/* Takes the command line apart, and puts ours in its place. */
#include "shim/base/names.h"
#include "shim/launch/start.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void start_read(const char *program, char **argv, char **environment, struct start *out)
{
    *out = (struct start){.program = program,
                          .argv = argv,
                          .environ = environment,
                          .followed = true,
                          .shim = program};
    if (strcmp(names_base(program), NAMES_BWRAP) != 0) {
        return;
    }
    out->line = bwrap_line_read(argv);
    out->jailed = out->line.kind != BWRAP_LINE_NOTHING;
    if (out->jailed) {
        out->followed = bwrap_line_shim(argv, &out->line) == BWRAP_LINE_SHIM_COMMAND;
        out->shim = argv[out->line.command];
    }
}

static void execute(const char *program, char *const *argv, char *const *environment)
{
    syscall(SYS_execve, program, argv, environment);
}

/* With the environment `words`. */
static void execute_in(const char *program, char *const *argv, const struct words *environment)
{
    static char *const nothing[] = {NULL};

    if (environment->failed) {
        errno = ENOMEM;
    } else {
        execute(program, argv, environment->list != NULL ? environment->list : nothing);
    }
}

static void execute_words(const char *program, const struct words *argv,
                          const struct words *environment)
{
    if (argv->failed) {
        errno = ENOMEM;
    } else {
        execute_in(program, argv->list, environment);
    }
}

/* Whether our preload will be in the program. */
static bool is_preloaded(char *const *environment)
{
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, "LD_PRELOAD=", 11) == 0 &&
            strstr(*environment, NAMES_OBJECT) != NULL) {
            return true;
        }
    }
    return false;
}

/* Our preload in bwrap, by LD_PRELOAD or by /etc/ld.so.preload, would bring the start here again;
 * what tells it not to stays out of the jail. */
static void add_seen(struct words *argv, struct words *environment)
{
    words_add(environment, NAMES_JAIL_SEEN "=seen");
    words_add(argv, "--unsetenv");
    words_add(argv, NAMES_JAIL_SEEN);
}

/* `variable` is LD_PRELOAD=...: without our object, or nothing if nothing is left of it. */
static void add_preload(struct words *words, const char *variable)
{
    static const char separators[] = ": ";
    char *copy = strdup(variable);
    char *kept = strdup(variable);
    char *end = kept != NULL ? strchr(kept, '=') + 1 : NULL;
    const char *before = "";
    char *rest = NULL;

    if (copy == NULL || kept == NULL) {
        words->failed = true;
        free(copy);
        free(kept);
        return;
    }
    for (char *item = strtok_r(strchr(copy, '=') + 1, separators, &rest); item != NULL;
         item = strtok_r(NULL, separators, &rest)) {
        if (strcmp(names_base(item), NAMES_OBJECT) != 0) {
            end = stpcpy(stpcpy(end, before), item);
            before = ":";
        }
    }
    free(copy);
    if (*before != '\0') {
        words_take(words, kept);
    } else {
        free(kept);
    }
}

/* Executes bwrap as it would be without us: nothing of ours is to be done in it, and our preload
   there would bring the start here again. */
static void execute_unhooked(const struct start *start)
{
    struct words environment = {0};

    for (char *const *variable = start->environ; *variable != NULL; variable++) {
        if (strncmp(*variable, "LD_PRELOAD=", 11) == 0 && strstr(*variable, NAMES_OBJECT) != NULL) {
            add_preload(&environment, *variable);
        } else {
            words_add(&environment, *variable);
        }
    }
    execute_in(start->program, start->argv, &environment);
}

/*
 * Has the jail show `file` under the path that it has out here. Not where it does already: a mount
 * over a file of the host's falls off when that is replaced there, as by an upgrade of the package
 * (rename(2) of a mount point in another namespace, detach_mounts in the kernel's fs/namespace.c),
 * and bwrap gives up if it happens while it looks.
 */
static void add_file(const struct start *start, struct words *options, const char *file)
{
    if (!bwrap_line_shows(start->argv, &start->line, file)) {
        words_add(options, "--ro-bind");
        words_add(options, file);
        words_add(options, file);
    }
}

/* bwrap's options, with those that show `file`, NULL for none, and `more` of ours behind all. */
static void add_options(const struct start *start, struct words *argv, struct words *environment,
                        const char *file, const struct words *more)
{
    const size_t end = bwrap_line_room(start->argv, &start->line, NULL);
    const size_t room = file == NULL ? end : bwrap_line_room(start->argv, &start->line, file);

    words_add_some(argv, start->argv, room);
    if (file != NULL) {
        add_file(start, argv, file);
    }
    words_add_some(argv, start->argv + room, end - room);
    add_seen(argv, environment);
    words_add_some(argv, more->list, more->count);
    words_add_some(argv, start->argv + end, start->line.options_end - end);
    argv->failed = argv->failed || more->failed;
}

/* Executes bwrap with more options, as add_options adds them. */
static void execute_jail(const struct start *start, const char *file, const struct words *more)
{
    struct words argv = {0};
    struct words environment = {0};

    words_add_all(&environment, start->environ);
    add_options(start, &argv, &environment, file, more);
    words_add_all(&argv, start->argv + start->line.options_end);
    execute_words(start->program, &argv, &environment);
}

void start_plain(const struct start *start)
{
    static const struct words none;

    if (start->jailed && is_preloaded(start->environ)) {
        execute_unhooked(start);
    } else if (start->jailed) {
        execute_jail(start, NULL, &none);
    } else {
        execute(start->program, start->argv, start->environ);
    }
}

/* GODEBUG without netdns=, or nothing if nothing is left of it; as it is if there was none in it.
 */
static void add_godebug(struct words *words, const char *variable)
{
    static const char unwanted[] = "netdns=";
    const char *item = strchr(variable, '=') + 1;
    bool first = true;
    char *kept;
    char *end;

    if (strstr(item, unwanted) == NULL) {
        words_add(words, variable);
        return;
    }
    kept = strdup(variable);
    if (kept == NULL) {
        words->failed = true;
        return;
    }
    end = kept + (item - variable);
    while (*item != '\0') {
        const char *next = strchrnul(item, ',');

        if (next > item && strncmp(item, unwanted, strlen(unwanted)) != 0) {
            if (!first) {
                *end++ = ',';
            }
            first = false;
            end = mempcpy(end, item, (size_t)(next - item));
        }
        item = *next == ',' ? next + 1 : next;
    }
    *end = '\0';
    if (!first) {
        words_take(words, kept);
    } else {
        free(kept);
    }
}

/* With these, or netdns=cgo, a static shim's lookups go through the host's NSS modules (Go's
   net/conf.go), which end it with SIGSEGV. */
static void add_environment(struct words *words, char *const *environment)
{
    for (; *environment != NULL; environment++) {
        const char *variable = *environment;

        if (strncmp(variable, "RES_OPTIONS=", 12) == 0 ||
            strncmp(variable, "LOCALDOMAIN=", 12) == 0 ||
            strncmp(variable, "HOSTALIASES=", 12) == 0) {
            continue;
        }
        if (strncmp(variable, "GODEBUG=", 8) == 0) {
            add_godebug(words, variable);
        } else {
            words_add(words, variable);
        }
    }
}

/* `attach` and its options, up to the "--" behind which the shim's command line comes. */
static void add_attach(struct words *words, const char *name, int handover, const char *argv0,
                       bool own_lookups)
{
    char *number = NULL;

    if (asprintf(&number, "%d", handover) < 0) {
        words->failed = true;
        return;
    }
    words_add(words, name);
    words_add(words, "attach");
    words_add(words, "--handover");
    words_take(words, number);
    words_add(words, "--argv0");
    words_add(words, argv0);
    if (own_lookups) {
        words_add(words, "--own-lookups");
    }
    words_add(words, "--");
}

void start_attached(const struct start *start, const char *command, int handover,
                    const struct words *files)
{
    struct words argv = {0};
    struct words environment = {0};

    add_environment(&environment, start->environ);
    if (start->jailed) {
        const char *argv0 = bwrap_line_value(start->argv, &start->line, "--argv0");

        add_options(start, &argv, &environment, command, files);
        words_add(&argv, "--");
        add_attach(&argv, command, handover, argv0 != NULL ? argv0 : start->shim, files->count > 0);
        words_add_all(&argv, start->argv + start->line.command);
        execute_words(start->program, &argv, &environment);
    } else {
        add_attach(&argv, NAMES_COMMAND, handover, start->argv[0], false);
        words_add(&argv, start->program);
        words_add_all(&argv, start->argv + 1);
        execute_words(command, &argv, &environment);
    }
}

/* "NAME=VALUE" as two words, NAME and VALUE. */
static void add_setenv(struct words *words, const char *variable)
{
    const char *equals = strchr(variable, '=');

    words_add(words, "--setenv");
    words_take(words, strndup(variable, (size_t)(equals - variable)));
    words_add(words, equals + 1);
}

void start_preloaded(const struct start *start, const char *object, const struct words *variables)
{
    struct words options = {0};

    words_add(&options, "--setenv");
    words_add(&options, "LD_PRELOAD");
    words_add(&options, object);
    for (size_t i = 0; i < variables->count; i++) {
        add_setenv(&options, variables->list[i]);
    }
    execute_jail(start, object, &options);
}

enum bwrap_place start_outside_path(const struct start *start, const char *path, char *out,
                                    size_t size)
{
    if (start->jailed) {
        return bwrap_line_outside(start->argv, &start->line, path, out, size);
    }
    return snprintf(out, size, "%s", path) < (int)size ? BWRAP_PLACE_KNOWN : BWRAP_PLACE_HIDDEN;
}
