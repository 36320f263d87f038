/*
 * The start of a shim, outside its jail: what becomes of it is decided here, step by step.
 */
#include "shim/launch/launch.h"

#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "shim/base/home.h"
#include "shim/base/names.h"
#include "shim/base/variables.h"
#include "shim/boxlite/image.h"
#include "shim/boxlite/release.h"
#include "shim/boxlite/symbols.h"
#include "shim/launch/jail_files.h"
#include "shim/launch/outlook.h"
#include "shim/launch/start.h"
#include "shim/plan/handover.h"
#include "shim/plan/settings.h"

struct launch {
    struct start start;
    struct settings settings;
    struct words variables;      /* BOXLITE_ALLOWNET*, lent ones as well */
    struct launch_config config; /* empty until it is read */
    struct handover handover;
    char command[PATH_MAX + sizeof(NAMES_OBJECT)]; /* this executable; room for its neighbour */
};

int launch_config_read(struct launch_config *out)
{
    *out = (struct launch_config){.status = SPEC_UNKNOWN};
    if (config_bytes_read(&out->bytes) != 0) {
        return -1;
    }
    out->status = spec_read(out->bytes.bytes, out->bytes.length, &out->spec);
    return 0;
}

void launch_config_clear(struct launch_config *config)
{
    config_bytes_clear(&config->bytes);
    config_clear(&config->spec.config);
}

/* A word that is a number of variables, or -1. */
static long parse_count(const char *word)
{
    char *end;
    const long count = word != NULL ? strtol(word, &end, 10) : -1;

    return word == NULL || *word == '\0' || *end != '\0' ? -1 : count;
}

/* Our variables, of which a foreign environment has none. */
static void take_variables(struct launch *launch)
{
    char *const *variables = variables_all();

    for (size_t i = 0; variables[i] != NULL; i++) {
        if (settings_concern(variables[i])) {
            words_add(&launch->variables, variables[i]);
        }
    }
}

/* In place of what the environment says. */
static void take_settings(struct launch *launch, const struct launch_settings *settings)
{
    const struct log log = {.sink = log_lines_sink, .context = &launch->handover.logs};

    launch->config = settings->config;
    words_add_some(&launch->variables, settings->variables.list, settings->variables.count);
    if (settings->left_out[0] != '\0') { /* told to the operator in the box's log */
        log_line(&log, LOG_LEVEL_WARN,
                 "allowNet: an overlay takes these from its own settings only, not from the "
                 "environment names=\"%s\"",
                 settings->left_out);
    }
}

/* Reads the command line and divides the environment. False if it is none that our hooks write. */
static bool read_arguments(struct launch *launch, char **arguments,
                           const struct launch_settings *settings)
{
    const char *program;
    char *argv0 = NULL;
    long lent = 0;
    size_t count = 0;

    for (; *arguments != NULL && strcmp(*arguments, "--") != 0; arguments += 2) {
        if (arguments[1] == NULL) {
            return false;
        }
        if (strcmp(*arguments, "--lent") == 0) {
            lent = parse_count(arguments[1]);
        } else if (strcmp(*arguments, "--argv0") == 0) {
            argv0 = arguments[1];
        } else {
            return false;
        }
    }
    if (*arguments == NULL || arguments[1] == NULL) {
        return false;
    }
    arguments++;
    while (environ[count] != NULL) {
        count++;
    }
    if (lent < 0 || (size_t)lent > count) {
        return false;
    }
    if (settings != NULL) {
        take_settings(launch, settings);
    } else {
        take_variables(launch);
    }
    settings_read(launch->variables.list, &launch->settings);
    environ[count - (size_t)lent] = NULL;
    program = arguments[0];
    if (argv0 != NULL) {
        arguments[0] = argv0;
    }
    start_read(program, arguments, environ, &launch->start);
    return true;
}

/* False, and a message, if that fails: a shim without its configuration would say something else.
 */
static bool pass_config_on(struct launch *launch)
{
    const bool passed = launch->config.bytes.bytes == NULL ||
                        config_bytes_hand_on(&launch->config.bytes, launch->start.jailed) == 0;

    if (!passed) {
        fprintf(stderr, "boxlite-allownet: cannot hand on the configuration: %s; try again\n",
                strerror(errno));
    }
    launch_config_clear(&launch->config);
    return passed;
}

/* Of an exec that failed; errno says how. */
static int report_failed_exec(const char *program)
{
    const int status = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;

    fprintf(stderr, "boxlite-allownet: cannot run %s: %s\n", program, strerror(errno));
    return status;
}

static int start_unrepaired(struct launch *launch)
{
    if (!pass_config_on(launch)) {
        return EXIT_FAILED;
    }
    start_plain(&launch->start);
    return report_failed_exec(launch->start.program);
}

static struct log launch_log(const struct launch *launch)
{
    return (struct log){.threshold = launch->settings.log_level, .file = launch->settings.log_file};
}

/*
 * The repair ends here: the text says at what and names the remedy. The start ends as well, with
 * all of standard input read first, since boxlite would else report a broken pipe in place of the
 * text.
 */
__attribute__((format(printf, 2, 3))) static int border(struct launch *launch, const char *format,
                                                        ...)
{
    const bool tolerant = launch->settings.static_shims == SETTINGS_STATIC_WARN ||
                          launch->settings.mode == SETTINGS_OBSERVE;
    const struct log log = launch_log(launch);
    char text[2048];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (tolerant) {
        log_line(&log, LOG_LEVEL_WARN, "allowNet: %s; the box starts unrepaired", text);
        return start_unrepaired(launch);
    }
    launch_config_clear(&launch->config);
    config_bytes_drain();
    log_line(&log, LOG_LEVEL_ERROR,
             "allowNet: %s, or set BOXLITE_ALLOWNET=off to start boxes unrepaired", text);
    return EXIT_FAILED;
}

/* Finds this executable. 0, or the exit status of a border. */
static int find_command(struct launch *launch)
{
    if (!home_command(launch->command, PATH_MAX)) {
        return border(launch, "cannot read /proc/self/exe (%s): mount /proc", strerror(errno));
    }
    if (access(launch->command, X_OK) != 0) {
        return border(launch, "the file of the command boxlite-allownet is gone (%s): put it back",
                      strerror(errno));
    }
    return 0;
}

/* The loader that this executable needs, "" if it needs none. */
static const char *own_interpreter(void)
{
    const ElfW(Phdr) *segments = (const void *)getauxval(AT_PHDR);
    const size_t count = getauxval(AT_PHNUM);
    const char *base = NULL;
    const char *interpreter = "";

    for (size_t i = 0; i < count; i++) {
        if (segments[i].p_type == PT_PHDR) {
            base = (const char *)segments - segments[i].p_vaddr;
        }
    }
    for (size_t i = 0; i < count && base != NULL; i++) {
        if (segments[i].p_type == PT_INTERP) {
            interpreter = base + segments[i].p_vaddr;
        }
    }
    return interpreter;
}

/* The loader may be under a link, such as /lib64, that the jail makes with --symlink. */
static bool loader_is_visible(const struct launch *launch)
{
    const char *interpreter = own_interpreter();
    char resolved[PATH_MAX];
    char outside[PATH_MAX];

    return interpreter[0] == '\0' ||
           start_outside_path(&launch->start, interpreter, outside, sizeof(outside)) !=
               BWRAP_PLACE_NONE ||
           (realpath(interpreter, resolved) != NULL &&
            start_outside_path(&launch->start, resolved, outside, sizeof(outside)) !=
                BWRAP_PLACE_NONE);
}

/* Whether attach will find no way to answer the bridge's own lookups. Observing does not answer
   them; outside a jail there is no place for files of ours, and attach says so. */
static bool needs_files(const struct launch *launch)
{
    char outside[PATH_MAX];
    struct symbols symbols;

    return launch->start.jailed && launch->settings.mode == SETTINGS_ON &&
           start_outside_path(&launch->start, launch->start.shim, outside, sizeof(outside)) ==
               BWRAP_PLACE_KNOWN &&
           symbols_read(outside, &symbols) == SYMBOLS_NO_LOOKUPS;
}

static int start_repaired(struct launch *launch)
{
    struct words files = {0};
    bool in_scope = true;
    int descriptor;
    int error = find_command(launch);

    if (error != 0) {
        return error;
    }
    if (!loader_is_visible(launch)) {
        return border(launch,
                      "boxlite-allownet cannot run inside the jail, which has no %s: put a static "
                      "build of it in place",
                      own_interpreter());
    }
    if (launch->config.bytes.bytes == NULL && launch_config_read(&launch->config) != 0) {
        return border(launch,
                      "cannot read the box's configuration from standard input: %s: try "
                      "again",
                      strerror(errno));
    }
    if (outlook_resolve(launch->config.status, &launch->config.spec.config, &launch->settings,
                        &launch->handover, &in_scope) != 0 ||
        launch->variables.failed) {
        return border(launch, "out of memory");
    }
    if (!in_scope) {
        return start_unrepaired(launch);
    }
    launch->handover.environment = launch->variables;
    descriptor = handover_write(&launch->handover);
    if (descriptor < 0) {
        return border(launch, "cannot pass the answers on: %s: try again", strerror(errno));
    }
    if (needs_files(launch) && jail_files_add(&launch->handover, &files) != 0) {
        return border(launch, "cannot make files for the jail: %s: try again", strerror(errno));
    }
    if (!pass_config_on(launch)) {
        return EXIT_FAILED;
    }
    start_attached(&launch->start, launch->command, descriptor, &files);
    return report_failed_exec(launch->start.jailed ? launch->start.program : launch->command);
}

/* A shim that the loader starts, in a jail: its environment begins empty there. */
static int start_dynamic(struct launch *launch)
{
    char *slash;
    int status;

    if (!launch->start.jailed) {
        return start_unrepaired(launch);
    }
    status = find_command(launch);
    if (status != 0) {
        return status;
    }
    slash = strrchr(launch->command, '/');
    memcpy(slash + 1, NAMES_OBJECT, sizeof(NAMES_OBJECT));
    if (access(launch->command, R_OK) != 0) {
        return border(launch, "cannot read %s (%s): put it back", launch->command, strerror(errno));
    }
    start_preloaded(&launch->start, launch->command, &launch->variables);
    return report_failed_exec(launch->start.program);
}

/* The shim's file, as far as it can be seen from outside the jail. */
static enum image_kind look_at_shim(const struct launch *launch)
{
    char outside[PATH_MAX];

    if (start_outside_path(&launch->start, launch->start.shim, outside, sizeof(outside)) ==
        BWRAP_PLACE_KNOWN) {
        return image_read(outside);
    }
    errno = ENOENT;
    return IMAGE_UNREADABLE;
}

static int start_by_image(struct launch *launch)
{
    const struct log log = launch_log(launch);
    const char *shim = launch->start.shim;

    switch (look_at_shim(launch)) {
    case IMAGE_UNREADABLE:
        if (launch->start.jailed && errno == ENOENT) {
            return start_repaired(launch); /* attach will find it in the jail, or not at all */
        }
        return border(launch, "cannot read %s (%s): make it readable", shim, strerror(errno));
    case IMAGE_FOREIGN:
        if (launch->start.jailed) {
            return border(launch,
                          "%s is no ELF executable, and what it starts inside the jail cannot be "
                          "repaired: put the real boxlite-shim there",
                          shim);
        }
        return start_unrepaired(launch);
    case IMAGE_DYNAMIC:
        return start_dynamic(launch);
    case IMAGE_UNKNOWN:
        return border(launch,
                      "nothing in %s tells whether it needs the repair: put boxlite's own build of "
                      "it there, not packed and without a wrapper; a release after " RELEASE_NEWEST
                      " needs no "
                      "repair: remove it",
                      shim);
    case IMAGE_UNAFFECTED:
        image_tell_unaffected(&log, shim);
        return start_unrepaired(launch);
    case IMAGE_AFFECTED:
        break;
    }
    return start_repaired(launch);
}

/* A line of bwrap's that does not start the shim itself, or not for certain. */
static int stop_at_line(struct launch *launch)
{
    const struct start *start = &launch->start;

    if (start->line.kind == BWRAP_LINE_UNREADABLE) {
        return border(launch,
                      "bwrap's option %s is not known here, and boxlite-shim comes after it: start "
                      "boxlite-shim without it",
                      start->argv[start->line.options_end]);
    }
    return border(launch,
                  "%s is to start boxlite-shim inside the jail, where it cannot be followed: have "
                  "bwrap start boxlite-shim itself",
                  start->shim);
}

int launch_main(char **arguments, const struct launch_settings *settings)
{
    static struct launch launch;

    if (!read_arguments(&launch, arguments, settings)) {
        fputs("boxlite-allownet: launch is for the preload's use; see boxlite-allownet help\n",
              stderr);
        return EXIT_FAILED;
    }
    if (launch.settings.mode == SETTINGS_OFF) {
        return start_unrepaired(&launch);
    }
    return launch.start.followed ? start_by_image(&launch) : stop_at_line(&launch);
}
