/* Catches what launch executes. */
#include "tests/fuzz/jail_exec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/fuzz/fuzz.h"

static struct {
    const struct start *start;
    bool attached; /* else plain */
    size_t count;
} expected;

long __wrap_syscall(long number, ...);
long __real_syscall(long number, ...);

void require_word(char *const **list, const char *word)
{
    fuzz_require(**list != NULL && strcmp(**list, word) == 0);
    ++*list;
}

void require_words(char *const **list, char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        require_word(list, words[i]);
    }
}

size_t count_words(char *const *list)
{
    size_t count = 0;

    while (list[count] != NULL) {
        count++;
    }
    return count;
}

/* `attach` as it was put in front; frees the number that is in there. */
static void require_attach(char *const **list, const char *command, const char *argv0)
{
    require_word(list, command);
    require_word(list, "attach");
    require_word(list, "--handover");
    require_word(list, HANDOVER_WORD);
    free((*list)[-1]);
    require_word(list, "--argv0");
    require_word(list, argv0);
    require_word(list, "--");
}

static bool is_word(const char *word, const char *text)
{
    return word != NULL && strcmp(word, text) == 0;
}

/* The caller's options, the same words, and among them ours, in one place each: that our command is
   there, and that we are to leave the start alone from now on. */
static void require_options(char *const **list, const struct start *start)
{
    char *const *given = start->argv;
    char *const *end = given + start->line.options_end;
    bool shown = !expected.attached || bwrap_line_shows(given, &start->line, OWN_COMMAND);
    bool seen = false;

    while (given < end || !shown || !seen) {
        if (given < end && **list == *given) {
            ++*list;
            given++;
        } else if (!shown && is_word(**list, "--ro-bind")) {
            ++*list;
            require_word(list, OWN_COMMAND);
            require_word(list, OWN_COMMAND);
            shown = true;
        } else {
            fuzz_require(!seen);
            require_word(list, "--unsetenv");
            require_word(list, "BOXLITE_ALLOWNET_JAIL");
            seen = true;
        }
    }
}

static void require_jail(const char *program, char *const *argv, const struct start *start)
{
    char *const *inside = start->argv + start->line.command;
    char *const *rest = start->argv + start->line.options_end;
    const char *argv0 = bwrap_line_value(start->argv, &start->line, "--argv0");

    fuzz_require(strcmp(program, start->program) == 0);
    require_options(&argv, start);
    if (expected.attached) {
        require_word(&argv, "--");
        require_attach(&argv, OWN_COMMAND, argv0 != NULL ? argv0 : start->shim);
        require_words(&argv, inside, count_words(inside));
    } else {
        require_words(&argv, rest, count_words(rest));
    }
    fuzz_require(*argv == NULL);
}

static void require_shim(const char *program, char *const *argv, const struct start *start)
{
    fuzz_require(strcmp(program, OWN_COMMAND) == 0);
    require_attach(&argv, "boxlite-allownet", start->argv[0]);
    require_word(&argv, start->program);
    require_words(&argv, start->argv + 1, count_words(start->argv + 1));
    fuzz_require(*argv == NULL);
}

/* Fault 4: what makes a static shim look names up through the host's modules. */
static bool is_harmful(const char *variable)
{
    return strncmp(variable, "RES_OPTIONS=", 12) == 0 ||
           strncmp(variable, "LOCALDOMAIN=", 12) == 0 || strncmp(variable, "HOSTALIASES=", 12) == 0;
}

/* A list within a variable, and what of it is not to be passed on. */
struct list {
    const char *separators;
    bool (*is_dropped)(const char *item, size_t length);
};

static bool is_netdns(const char *item, size_t length)
{
    return length >= 7 && strncmp(item, "netdns=", 7) == 0;
}

static const struct list godebug = {",", is_netdns};

/* The next item that is neither empty nor dropped, its length 0 at the end; *rest moves behind it.
 */
static size_t next_item(const struct list *list, const char **rest, const char **item)
{
    while (**rest != '\0') {
        const size_t length = strcspn(*rest, list->separators);

        *item = *rest;
        *rest += length + ((*rest)[length] != '\0');
        if (length > 0 && !list->is_dropped(*item, length)) {
            return length;
        }
    }
    return 0;
}

/* Whether `got`, a copy, has the items of `given` without the dropped ones, and no others. */
static bool is_filtered(const struct list *list, const char *given, const char *got)
{
    const char *item = NULL;
    size_t length;

    while ((length = next_item(list, &given, &item)) > 0) {
        if (strcspn(got, list->separators) != length || strncmp(got, item, length) != 0) {
            return false;
        }
        got += length + (got[length] != '\0');
    }
    return *got == '\0';
}

static bool has_items(const struct list *list, const char *given)
{
    const char *item = NULL;

    return next_item(list, &given, &item) > 0;
}

/* GODEBUG is the one variable that is changed, and then a copy, which is freed here. */
static void require_environment(char *const *environment, char *const *given)
{
    for (; *given != NULL; given++) {
        if (is_harmful(*given)) {
            continue;
        }
        if (strncmp(*given, "GODEBUG=", 8) != 0 || strstr(*given, "netdns=") == NULL) {
            fuzz_require(*environment == *given);
            environment++;
        } else if (has_items(&godebug, *given + 8)) {
            fuzz_require(*environment != NULL && strncmp(*environment, "GODEBUG=", 8) == 0);
            fuzz_require(is_filtered(&godebug, *given + 8, *environment + 8));
            free(*environment++);
        }
    }
    if (*environment != NULL && strcmp(*environment, "BOXLITE_ALLOWNET_JAIL=seen") == 0) {
        environment++;
    }
    fuzz_require(*environment == NULL);
}

/* ---- without the repair ---- */

#define OBJECT_NAME "libboxlite_allownet.so"

static bool names_object(const char *variable)
{
    return strncmp(variable, "LD_PRELOAD=", 11) == 0 && strstr(variable, OBJECT_NAME) != NULL;
}

static bool is_object(const char *path, size_t length)
{
    const size_t name = strlen(OBJECT_NAME);

    return length >= name && strncmp(path + length - name, OBJECT_NAME, name) == 0 &&
           (length == name || path[length - name - 1] == '/');
}

static const struct list preloads = {": ", is_object};

/* A bwrap that is as it would be if we were not there. */
static void require_unhooked(char *const *environment, char *const *given)
{
    for (; *given != NULL; given++) {
        if (!names_object(*given)) {
            fuzz_require(*environment == *given);
            environment++;
        } else if (has_items(&preloads, *given + 11)) {
            fuzz_require(*environment != NULL && strncmp(*environment, "LD_PRELOAD=", 11) == 0);
            fuzz_require(is_filtered(&preloads, *given + 11, *environment + 11));
            free(*environment++);
        }
    }
    fuzz_require(*environment == NULL);
}

static bool has_object(char *const *environment)
{
    while (*environment != NULL && !names_object(*environment)) {
        environment++;
    }
    return *environment != NULL;
}

/* Stands for execve: looks at the words, and frees what a process that is replaced leaves behind.
 */
static void look(const char *program, char *const *argv, char *const *environment)
{
    const struct start *start = expected.start;

    expected.count++;
    if (start->jailed && !expected.attached && has_object(start->environ)) {
        fuzz_require(program == start->program && argv == start->argv);
        require_unhooked(environment, start->environ);
        if (environment[0] != NULL) {
            free((void *)(uintptr_t)environment);
        }
        return;
    }
    if (start->jailed) {
        require_jail(program, argv, start);
    } else if (expected.attached) {
        require_shim(program, argv, start);
    } else {
        fuzz_require(program == start->program && argv == start->argv &&
                     environment == start->environ);
        return;
    }
    if (expected.attached) {
        require_environment(environment, start->environ);
    }
    free((void *)(uintptr_t)argv);
    if (environment[0] != NULL) { /* without any it is a constant */
        free((void *)(uintptr_t)environment);
    }
}

/* Six arguments are read, as syscall(2) does, whatever the caller has passed: what lies behind
   those is not looked at, but AddressSanitizer would complain. */
__attribute__((no_sanitize("address"))) long __wrap_syscall(long number, ...)
{
    long argument[6];
    va_list arguments;

    va_start(arguments, number);
    for (size_t i = 0; i < 6; i++) {
        argument[i] = va_arg(arguments, long);
    }
    va_end(arguments);
    if (number != SYS_execve) {
        return __real_syscall(number, argument[0], argument[1], argument[2], argument[3],
                              argument[4], argument[5]);
    }
    look((const char *)argument[0], (char *const *)argument[1], (char *const *)argument[2]);
    errno = ENOEXEC;
    return -1;
}

void jail_exec_expect(const struct start *start, bool attached)
{
    expected.start = start;
    expected.attached = attached;
    expected.count = 0;
}

size_t jail_exec_count(void)
{
    return expected.count;
}
