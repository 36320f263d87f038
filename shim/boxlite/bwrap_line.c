/* bubblewrap's options, how many values each takes, and what it does to the jail's file system. */
#include "shim/boxlite/bwrap_line.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/keep.h"
#include "shim/base/names.h"

/* What an option does to the paths at and below its last value. */
enum effect {
    EFFECT_NONE,
    EFFECT_ENDS,     /* it prints something, and that is all */
    EFFECT_NEXT,     /* none of its own: it says how the next option is to be done */
    EFFECT_BIND,     /* shows its first value there */
    EFFECT_BIND_TRY, /* likewise, if that is there */
    EFFECT_EMPTY,    /* shows a file system of the kernel's there */
    EFFECT_HIDE,     /* shows there what cannot be told from here */
    EFFECT_HIDE_ALL  /* brings options that cannot be told from here */
};

struct option {
    const char *name;
    unsigned char values;
    unsigned char effect; /* an enum effect */
};

/* All of bubblewrap 0.8, 0.11 and 0.12: `bwrap --help` has them. */
static const struct option options[] = {
    {"--help", 0, EFFECT_ENDS},
    {"--version", 0, EFFECT_ENDS},
    {"--args", 1, EFFECT_HIDE_ALL},
    {"--argv0", 1, EFFECT_NONE},
    {"--level-prefix", 0, EFFECT_NONE},
    {"--unshare-all", 0, EFFECT_NONE},
    {"--share-net", 0, EFFECT_NONE},
    {"--unshare-user", 0, EFFECT_NONE},
    {"--unshare-user-try", 0, EFFECT_NONE},
    {"--unshare-ipc", 0, EFFECT_NONE},
    {"--unshare-pid", 0, EFFECT_NONE},
    {"--unshare-net", 0, EFFECT_NONE},
    {"--unshare-uts", 0, EFFECT_NONE},
    {"--unshare-cgroup", 0, EFFECT_NONE},
    {"--unshare-cgroup-try", 0, EFFECT_NONE},
    {"--userns", 1, EFFECT_NONE},
    {"--userns2", 1, EFFECT_NONE},
    {"--disable-userns", 0, EFFECT_NONE},
    {"--assert-userns-disabled", 0, EFFECT_NONE},
    {"--pidns", 1, EFFECT_NONE},
    {"--uid", 1, EFFECT_NONE},
    {"--gid", 1, EFFECT_NONE},
    {"--hostname", 1, EFFECT_NONE},
    {"--chdir", 1, EFFECT_NONE},
    {"--clearenv", 0, EFFECT_NONE},
    {"--setenv", 2, EFFECT_NONE},
    {"--unsetenv", 1, EFFECT_NONE},
    {"--lock-file", 1, EFFECT_NONE},
    {"--sync-fd", 1, EFFECT_NONE},
    {"--bind", 2, EFFECT_BIND},
    {"--bind-try", 2, EFFECT_BIND_TRY},
    {"--dev-bind", 2, EFFECT_BIND},
    {"--dev-bind-try", 2, EFFECT_BIND_TRY},
    {"--ro-bind", 2, EFFECT_BIND},
    {"--ro-bind-try", 2, EFFECT_BIND_TRY},
    {"--bind-fd", 2, EFFECT_HIDE},
    {"--ro-bind-fd", 2, EFFECT_HIDE},
    {"--remount-ro", 1, EFFECT_NONE},
    {"--overlay-src", 1, EFFECT_NEXT},
    {"--overlay", 3, EFFECT_HIDE},
    {"--tmp-overlay", 1, EFFECT_HIDE},
    {"--ro-overlay", 1, EFFECT_HIDE},
    {"--exec-label", 1, EFFECT_NONE},
    {"--file-label", 1, EFFECT_NONE},
    {"--proc", 1, EFFECT_EMPTY},
    {"--dev", 1, EFFECT_EMPTY},
    {"--tmpfs", 1, EFFECT_EMPTY},
    {"--mqueue", 1, EFFECT_EMPTY},
    {"--dir", 1, EFFECT_NONE},
    {"--file", 2, EFFECT_HIDE},
    {"--bind-data", 2, EFFECT_HIDE},
    {"--ro-bind-data", 2, EFFECT_HIDE},
    {"--symlink", 2, EFFECT_HIDE},
    {"--seccomp", 1, EFFECT_NONE},
    {"--add-seccomp-fd", 1, EFFECT_NONE},
    {"--block-fd", 1, EFFECT_NONE},
    {"--userns-block-fd", 1, EFFECT_NONE},
    {"--info-fd", 1, EFFECT_NONE},
    {"--json-status-fd", 1, EFFECT_NONE},
    {"--new-session", 0, EFFECT_NONE},
    {"--die-with-parent", 0, EFFECT_NONE},
    {"--as-pid-1", 0, EFFECT_NONE},
    {"--cap-add", 1, EFFECT_NONE},
    {"--cap-drop", 1, EFFECT_NONE},
    {"--perms", 1, EFFECT_NEXT},
    {"--size", 1, EFFECT_NEXT},
    {"--chmod", 2, EFFECT_NONE},
    {"--not-a-security-boundary", 0, EFFECT_NONE},
};

static const struct option *find_option(const char *word)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(options[i].name, word) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

/* Whether argv has `count` words more behind `at`. */
static bool has_values(char *const argv[], size_t at, size_t count)
{
    while (count > 0 && argv[at + 1] != NULL) {
        at++;
        count--;
    }
    return count == 0;
}

struct bwrap_line bwrap_line_read(char *const argv[])
{
    struct bwrap_line line = {.kind = BWRAP_LINE_NOTHING};
    size_t at = argv != NULL && argv[0] != NULL ? 1 : 0;

    while (at > 0 && argv[at] != NULL && argv[at][0] == '-' && strcmp(argv[at], "--") != 0) {
        const struct option *option = find_option(argv[at]);

        if (option == NULL) {
            line.kind = BWRAP_LINE_UNREADABLE;
            line.options_end = at;
            line.command = at;
            return line;
        }
        if (option->effect == EFFECT_ENDS || !has_values(argv, at, option->values)) {
            return line;
        }
        at += 1U + option->values;
    }
    if (at == 0 || argv[at] == NULL) {
        return line;
    }
    line.options_end = at;
    line.command = at + (strcmp(argv[at], "--") == 0);
    if (argv[line.command] != NULL) {
        line.kind = BWRAP_LINE_COMMAND;
    }
    return line;
}

const char *bwrap_line_value(char *const argv[], const struct bwrap_line *line, const char *option)
{
    const char *value = NULL;

    for (size_t at = 1; at < line->options_end;) {
        const struct option *found = find_option(argv[at]);

        if (found == NULL) {
            break;
        }
        if (found->values > 0 && strcmp(argv[at], option) == 0) {
            value = argv[at + found->values];
        }
        at += 1U + found->values;
    }
    return value;
}

/* The part of `path` below `directory`, which is the same path or one above; NULL if it is not. */
static const char *path_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    while (length > 0 && directory[length - 1] == '/') {
        length--;
    }
    if (strncmp(path, directory, length) != 0 || (path[length] != '/' && path[length] != '\0')) {
        return NULL;
    }
    return path + length;
}

struct mount {
    enum bwrap_place place;
    const struct option *option; /* where the place is known, what has made it, */
    const char *source;          /* of what, */
    const char *rest;            /* and what comes behind that */
};

/* What an option with its values at argv[at] does to where `path` is. */
static void apply(char *const argv[], size_t at, const struct option *option, const char *path,
                  struct mount *mount)
{
    const char *below;

    if (option->effect == EFFECT_HIDE_ALL) {
        mount->place = BWRAP_PLACE_HIDDEN;
        return;
    }
    if (option->effect == EFFECT_NONE || option->effect == EFFECT_ENDS ||
        option->effect == EFFECT_NEXT) {
        return;
    }
    below = path_below(path, argv[at + option->values]);
    if (below == NULL || (option->effect == EFFECT_BIND_TRY && access(argv[at + 1], F_OK) != 0)) {
        return;
    }
    mount->rest = below;
    mount->option = option;
    mount->source = argv[at + 1];
    mount->place = option->effect == EFFECT_HIDE    ? BWRAP_PLACE_HIDDEN
                   : option->effect == EFFECT_EMPTY ? BWRAP_PLACE_NONE
                                                    : BWRAP_PLACE_KNOWN;
}

/* What the last mount that covers `path` shows there. Keeps errno. */
static struct mount find_mount(char *const argv[], const struct bwrap_line *line, const char *path)
{
    KEEP_ERRNO;
    struct mount mount = {.place = BWRAP_PLACE_NONE};

    for (size_t at = 1; at < line->options_end;) {
        const struct option *option = find_option(argv[at]);

        if (option == NULL) {
            mount.place = BWRAP_PLACE_HIDDEN;
            break;
        }
        apply(argv, at, option, path, &mount);
        at += 1U + option->values;
    }
    return mount;
}

enum bwrap_place bwrap_line_outside(char *const argv[], const struct bwrap_line *line,
                                    const char *path, char *out, size_t size)
{
    const struct mount mount = find_mount(argv, line, path);

    if (mount.place == BWRAP_PLACE_KNOWN) {
        if (strlen(mount.source) + strlen(mount.rest) >= size) {
            return BWRAP_PLACE_HIDDEN;
        }
        memcpy(out, mount.source, strlen(mount.source));
        memcpy(out + strlen(mount.source), mount.rest, strlen(mount.rest) + 1);
    }
    return mount.place;
}

bool bwrap_line_shows(char *const argv[], const struct bwrap_line *line, const char *path)
{
    const struct mount mount = find_mount(argv, line, path);
    size_t length;

    if (mount.place != BWRAP_PLACE_KNOWN || strncmp(mount.option->name, "--ro-", 5) != 0) {
        return false;
    }
    length = strlen(mount.source);
    while (length > 0 && mount.source[length - 1] == '/') {
        length--;
    }
    return strncmp(path, mount.source, length) == 0 && strcmp(path + length, mount.rest) == 0;
}

size_t bwrap_line_room(char *const argv[], const struct bwrap_line *line, const char *path)
{
    KEEP_ERRNO;
    size_t end = 1;
    size_t closed = 0;

    for (size_t at = 1; at < line->options_end;) {
        const struct option *option = find_option(argv[at]);
        struct mount mount = {.place = BWRAP_PLACE_NONE};

        if (option == NULL) {
            break;
        }
        if (path != NULL) {
            apply(argv, at, option, path, &mount);
        }
        if (mount.option != NULL || mount.place != BWRAP_PLACE_NONE) {
            closed = 0;
        } else if (path != NULL && closed == 0 && strcmp(option->name, "--remount-ro") == 0 &&
                   path_below(path, argv[at + 1]) != NULL) {
            closed = at;
        }
        at += 1U + option->values;
        end = option->effect == EFFECT_NEXT ? end : at;
    }
    return closed != 0 ? closed : end;
}

/* ---- boxlite-shim in the line -------------------------------------------------------------- */

static bool is_shim(const char *path)
{
    return strcmp(names_base(path), NAMES_SHIM) == 0;
}

/* Of a file's name; a shell's word may go on behind it with anything else. */
static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("._-", c) != NULL);
}

/* Whether a word is the shim's path or has it in it, as a shell's command does. */
static bool mentions_shim(const char *word)
{
    static const size_t length = sizeof(NAMES_SHIM) - 1;

    for (const char *at = word; (at = strstr(at, NAMES_SHIM)) != NULL; at += length) {
        if ((at == word || !is_name_character(at[-1])) && !is_name_character(at[length])) {
            return true;
        }
    }
    return false;
}

/* The kernel follows the links, and says where they have led: realpath(3) may use the heap. `path`
   has room for any, and is written over. */
static bool leads_to_shim(char path[PATH_MAX])
{
    const int file = open(path, O_PATH | O_CLOEXEC);
    char link[sizeof("/proc/self/fd/") + 10] = "/proc/self/fd/";
    char digits[10];
    size_t count = 0;
    size_t length = strlen(link);
    ssize_t size;

    if (file < 0) {
        return false;
    }
    for (unsigned rest = (unsigned)file; count == 0 || rest > 0; rest /= 10) {
        digits[count++] = (char)('0' + rest % 10);
    }
    while (count > 0) {
        link[length++] = digits[--count];
    }
    link[length] = '\0';
    size = readlink(link, path, PATH_MAX - 1);
    close(file);
    if (size < 0) {
        return false;
    }
    path[size] = '\0';
    return is_shim(path);
}

/* A link that bwrap itself makes, with --symlink TARGET PATH. */
static bool is_made_link_to_shim(char *const argv[], const struct bwrap_line *line,
                                 const char *command)
{
    for (size_t at = 1; at < line->options_end;) {
        const struct option *option = find_option(argv[at]);

        if (option == NULL) {
            break;
        }
        if (strcmp(argv[at], "--symlink") == 0 && strcmp(argv[at + 2], command) == 0 &&
            is_shim(argv[at + 1])) {
            return true;
        }
        at += 1U + option->values;
    }
    return false;
}

__attribute__((noinline)) static bool
is_link_to_shim(char *const argv[], const struct bwrap_line *line, const char *command)
{
    char outside[PATH_MAX];

    return is_made_link_to_shim(argv, line, command) ||
           (bwrap_line_outside(argv, line, command, outside, sizeof(outside)) ==
                BWRAP_PLACE_KNOWN &&
            leads_to_shim(outside));
}

enum bwrap_line_shim bwrap_line_shim(char *const argv[], const struct bwrap_line *line)
{
    KEEP_ERRNO;

    if (line->kind == BWRAP_LINE_NOTHING) {
        return BWRAP_LINE_SHIM_NONE;
    }
    if (line->kind == BWRAP_LINE_COMMAND &&
        (is_shim(argv[line->command]) || is_link_to_shim(argv, line, argv[line->command]))) {
        return BWRAP_LINE_SHIM_COMMAND;
    }
    for (size_t at = line->command; argv[at] != NULL; at++) {
        if (mentions_shim(argv[at])) {
            return BWRAP_LINE_SHIM_MENTIONED;
        }
    }
    return BWRAP_LINE_SHIM_NONE;
}
