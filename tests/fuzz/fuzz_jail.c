/*
 * A call of the exec family, from the hook that sees it to the command line that is executed in its
 * place: arguments and environment reach the shim as they were, or with what the repair adds and
 * nothing else.
 *
 * The input is words that end at NULs: the program's name, its arguments, the word "\36", the
 * environment. A name behind "?" is searched for in PATH, one behind "@" starts at a directory's
 * descriptor, and "#" stands for a descriptor of a bwrap.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/carry/exec_route.h"
#include "tests/fuzz/fake_files.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/jail_exec.h"

/* For its reading of the words that the hook wrote. */
#include "shim/launch/launch.c"

/* ---- the hook ------------------------------------------------------------------------------ */

static bool has(char *const *list, const char *word)
{
    while (*list != NULL && strcmp(*list, word) != 0) {
        list++;
    }
    return *list != NULL;
}

/* The variables are the caller's, but for LD_PRELOAD and what the parent had and it has not. */
static void check_environment(const struct exec_route *route)
{
    char *const *got = route->envp;
    bool preload = false;

    for (char *const *given = route->given_envp; *given != NULL; given++, got++) {
        if (*got != *given) {
            fuzz_require(!preload && strncmp(*given, "LD_PRELOAD=", 11) == 0);
            fuzz_require(
                strncmp(*got, "LD_PRELOAD=" OWN_OBJECT, strlen("LD_PRELOAD=" OWN_OBJECT)) == 0);
            preload = true;
        }
    }
    for (; *got != NULL; got++) {
        fuzz_require(has(route->carry->variables, *got) ||
                     strcmp(*got, "LD_PRELOAD=" OWN_OBJECT) == 0);
    }
}

static void check_launch(const struct exec_route *route)
{
    char *const *argv = route->argv;
    const size_t given = count_words(route->given_argv);
    const size_t lent = count_words(route->envp) - count_words(route->given_envp);
    char number[8];

    snprintf(number, sizeof(number), "%02zu", lent);
    require_word(&argv, "boxlite-allownet");
    require_word(&argv, "launch");
    require_word(&argv, "--lent");
    require_word(&argv, number);
    require_word(&argv, "--argv0");
    require_word(&argv, given > 0 ? route->given_argv[0] : "");
    require_word(&argv, "--");
    require_word(&argv, route->path);
    if (given > 0) {
        require_words(&argv, route->given_argv + 1, given - 1);
    }
    fuzz_require(*argv == NULL);
}

/* ---- launch -------------------------------------------------------------------------------- */

static void check_outside(const struct start *start)
{
    for (size_t size = 1; size <= 4096; size *= 16) {
        char *out = malloc(size);

        fuzz_require(out != NULL);
        if (start_outside_path(start, start->shim, out, size) == BWRAP_PLACE_KNOWN) {
            fuzz_require(strnlen(out, size) < size);
        }
        free(out);
    }
}

static void check_start(struct start *start)
{
    static const struct words none;

    check_outside(start);
    jail_exec_expect(start, true);
    start_attached(start, OWN_COMMAND, HANDOVER, &none);
    fuzz_require(jail_exec_count() == 1 && errno == ENOEXEC);
    jail_exec_expect(start, false);
    start_plain(start);
    fuzz_require(jail_exec_count() == 1 && errno == ENOEXEC);
}

/* Reads what the hook wrote as our command would. */
static void check_read(const struct exec_route *route)
{
    char **const saved = environ;
    static struct launch launch;

    memset(&launch, 0, sizeof(launch));
    environ = (char **)(uintptr_t)route->envp;
    fuzz_require(read_arguments(&launch, (char **)(uintptr_t)route->argv + 2, NULL));
    fuzz_require(launch.start.program == route->path);
    fuzz_require(count_words(launch.start.environ) == count_words(route->given_envp));
    fuzz_require(launch.start.jailed == (strcmp(strrchr(route->path, '/'), "/bwrap") == 0));
    check_start(&launch.start);
    free(launch.variables.list);
    environ = saved;
}

static void follow(struct exec_route *route)
{
    const size_t size = exec_route_size(route);
    void *room = malloc(size);

    fuzz_require(room != NULL);
    exec_route_fill(route, room);
    if (route->kind == EXEC_LAUNCH) {
        check_environment(route);
        check_launch(route);
        check_read(route);
    } else {
        fuzz_require(route->argv == route->given_argv);
        check_environment(route);
    }
    free(room);
}

static void run(char **words, char **environment)
{
    static const struct carry carry = {
        .object = OWN_OBJECT,
        .command = OWN_COMMAND,
        .variables = {(char *)"BOXLITE_ALLOWNET=on", (char *)"BOXLITE_ALLOWNET_LOG=debug"},
    };
    static struct exec_route route;
    struct exec_call call = {.dirfd = AT_FDCWD, .name = words[0]};
    char *const *argv = words + 1;

    if (words[0][0] == '?' || words[0][0] == '@') {
        call.search = words[0][0] == '?';
        call.dirfd = call.search ? AT_FDCWD : FAKE_DIRECTORY;
        call.name++;
    } else if (strcmp(words[0], "#") == 0) {
        call = (struct exec_call){.dirfd = FAKE_BWRAP, .name = "", .at_flags = AT_EMPTY_PATH};
    }
    /* A descriptor's file is known only to exec_route_find. */
    if (call.at_flags == 0 && !exec_route_concerns(&carry, call.name, argv)) {
        return;
    }
    errno = ENOTTY;
    exec_route_find(&carry, &call, argv, environment, &route);
    fuzz_require(errno == ENOTTY);
    if (route.kind == EXEC_PASS) {
        return;
    }
    fuzz_require(memchr(route.path, '\0', sizeof(route.path)) != NULL);
    follow(&route);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_words words;
    size_t end = 1;

    fake_files_prepare();
    fuzz_words_split(bytes, size, &words);
    if (words.count > 0) {
        while (end < words.count && strcmp(words.list[end], "\36") != 0) {
            end++;
        }
        if (end < words.count) {
            free(words.list[end]);
            words.list[end] = NULL;
            run(words.list, words.list + end + 1);
        } else {
            run(words.list, words.list + end);
        }
    }
    fuzz_words_clear(&words);
    return 0;
}
