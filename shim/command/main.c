/* boxlite-allownet: which command is meant. A file named boxlite-shim is an overlay's. */
#include "shim/command/command.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shim/attach/attach.h"
#include "shim/base/names.h"
#include "shim/command/doctor/doctor.h"
#include "shim/command/explain/explain.h"
#include "shim/command/help.h"
#include "shim/command/output/usage.h"
#include "shim/command/overlay/overlay.h"
#include "shim/command/resolve/resolve.h"
#include "shim/command/selftest/selftest.h"
#include "shim/launch/launch.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the name; an exit status, or USAGE_HELP */
    const char *summary;
    const char *help; /* NULL: for our own use, not to be listed */
    int failure;      /* exit status of its own failures, 0 for EXIT_FAILED */
};

static int help(int argc, char **argv);

static int launch(int argc, char **argv)
{
    (void)argc;
    return launch_main(argv + 1, NULL);
}

static int attach(int argc, char **argv)
{
    (void)argc;
    return attach_main(argv + 1);
}

static const struct command commands[] = {
    {"run", cli_run, "start a command with the repair", help_run, 0},
    {"doctor", doctor_main, "say what is affected, what is repaired, and what to set", help_doctor,
     3},
    {"explain", explain_main, "show what rules mean, and what a guest is told", help_explain, 0},
    {"resolve", cli_resolve, "look hosts up as a create would", help_resolve, 0},
    {"overlay", overlay_main, "make a runtime directory, for programs that LD_PRELOAD cannot enter",
     help_overlay, 0},
    {"selftest", selftest_main, "prove that this installation works", help_selftest, 0},
    {"version", cli_version, "say which build this is", help_version, 0},
    {"help", help, "show the help of a command", help_help, 0},
    {"launch", launch, NULL, NULL, 0},
    {"attach", attach, NULL, NULL, 0},
    {"selftest-box", selftest_box_main, NULL, NULL, 0},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static const struct command *find_public(const char *name)
{
    const struct command *const command = find(name);

    return command != NULL && command->help != NULL ? command : NULL;
}

static int refuse(const char *name)
{
    const char *names[COMMANDS] = {0};
    size_t count = 0;
    const char *nearest;

    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i].help != NULL) {
            names[count++] = commands[i].name;
        }
    }
    nearest = usage_nearest(name, names, count);
    if (nearest != NULL) {
        usage_error(NULL, "there is no command \"%s\"; did you mean \"%s\"?", name, nearest);
    } else {
        usage_error(NULL, "there is no command \"%s\"", name);
    }
    return EXIT_FAILED;
}

static int refuse_option(const char *word)
{
    static const struct usage_option known[] = {{.name = "selftest"}, {.name = "version"}, {0}};

    usage_unknown_option(NULL, known, word);
    return EXIT_FAILED;
}

static void print_overview(FILE *stream)
{
    fputs("Usage: boxlite-allownet COMMAND [ARGUMENT...]\n"
          "\n"
          "Repairs boxlite's allow_net: an allow-listed host answers with its address, or\n"
          "the box is refused with a message that names the host.\n"
          "\n",
          stream);
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i].help != NULL) {
            fprintf(stream, "  %-9s  %s\n", commands[i].name, commands[i].summary);
        }
    }
    fputs("\nMore about each: boxlite-allownet help COMMAND\n"
          "The variables: boxlite-allownet help settings\n",
          stream);
}

static int help(int argc, char **argv)
{
    const struct command *command;

    if (argc > 2) {
        usage_error("help", "one command at a time, not \"%s\" as well", argv[2]);
        return EXIT_FAILED;
    }
    if (argc < 2) {
        print_overview(stdout);
        return EXIT_GOOD;
    }
    command = find_public(argv[1]);
    if (command == NULL && strcmp(argv[1], "settings") != 0) {
        return refuse(argv[1]);
    }
    fputs(command != NULL ? command->help : help_settings, stdout);
    return EXIT_GOOD;
}

/* A variable of a script that is not set, most likely; "" would be no host, or this directory. The
   words of a command to be run are its own. */
static bool has_empty_word(const struct command *command, char *const *argv)
{
    for (size_t i = 1; command->help != NULL && argv[i] != NULL; i++) {
        if (argv[i][0] == '\0') {
            return true;
        }
        if (command->run == cli_run && argv[i][0] != '-') {
            return false;
        }
    }
    return false;
}

/* `status`, unless what was to be read did not reach its reader. */
static int finish(const struct command *command, int status)
{
    const int failure = command->failure != 0 ? command->failure : EXIT_FAILED;
    const bool flushed = fflush(stdout) == 0;

    if (status == failure || (flushed && ferror(stdout) == 0)) {
        return status; /* has failed, and said so, or is well */
    }
    usage_complain(command->name, "cannot write: %s",
                   flushed ? "an earlier write failed" : strerror(errno));
    return failure;
}

static int dispatch(int argc, char **argv)
{
    const struct command *const command = find(argv[0]);
    bool helps = false;
    int status;

    if (command == NULL) {
        return refuse(argv[0]);
    }
    if (has_empty_word(command, argv)) {
        usage_error(command->name, "an argument is empty");
        return command->failure != 0 ? command->failure : EXIT_FAILED;
    }
    helps = command->help != NULL && argc > 1 &&
            (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    status = helps ? USAGE_HELP : command->run(argc, argv);
    if (status == USAGE_HELP && command->help != NULL) {
        fputs(command->help, stdout);
        status = EXIT_GOOD;
    }
    return finish(command, status);
}

/* What may stand in place of a command, as an option. */
static const char *as_command(const char *word)
{
    static const char *const words[][2] = {{"--help", "help"},
                                           {"-h", "help"},
                                           {"--version", "version"},
                                           {"-V", "version"},
                                           {"--selftest", "selftest"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i][0]) == 0) {
            return words[i][1];
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (overlay_is_meant(argv[0])) {
        return overlay_start(argv);
    }
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_FAILED;
    }
    if (argv[1][0] == '-') {
        const char *const name = as_command(argv[1]);

        if (name == NULL) {
            return refuse_option(argv[1]);
        }
        argv[1] = (char *)name;
    }
    return dispatch(argc - 1, argv + 1);
}
