/* Writes messages on standard error. */
#include "shim/command/output/usage.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/names.h"
#include "shim/base/spelling.h"
#include "shim/command/output/terminal.h"

/* Of a command, without --help. */
enum { OPTIONS_MAX = 8 };

__attribute__((format(printf, 2, 0))) static void complain(const char *command, const char *format,
                                                           va_list arguments)
{
    char *text = terminal_printable(format, arguments);

    fprintf(stderr, "boxlite-allownet%s%s: %s\n", command != NULL ? " " : "",
            command != NULL ? command : "", text != NULL ? text : "out of memory");
    free(text);
}

void usage_complain(const char *command, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    complain(command, format, arguments);
    va_end(arguments);
}

void usage_error(const char *command, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    complain(command, format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try: boxlite-allownet %s%s\n", command != NULL ? command : "help",
            command != NULL ? " --help" : "");
}

/* The candidate that begins with the word; NULL if there is none, or more than one. */
static const char *begun_by(const char *word, const char *const *candidates, size_t count)
{
    const size_t length = strlen(word);
    const char *found = NULL;

    for (size_t i = 0; i < count && length >= 3; i++) {
        if (strncmp(candidates[i], word, length) != 0) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = candidates[i];
    }
    return found;
}

const char *usage_nearest(const char *word, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t least = strlen(word) < 4 ? 1 : 2;

    for (size_t i = 0; i < count; i++) {
        const size_t found = spelling_distance(word, candidates[i]);

        if (found < least + (nearest == NULL)) {
            nearest = candidates[i];
            least = found;
        }
    }
    return nearest != NULL ? nearest : begun_by(word, candidates, count);
}

void usage_unknown_option(const char *command, const struct usage_option *options, const char *word)
{
    const char *names[OPTIONS_MAX + 1] = {"help"};
    char name[SPELLING_MAX + 1];
    size_t count = 1;
    const char *nearest = NULL;

    for (; options[count - 1].name != NULL; count++) {
        names[count] = options[count - 1].name;
    }
    if (strncmp(word, "--", 2) == 0) { /* without a value, as in --name=value */
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
        nearest = usage_nearest(name, names, count);
    }
    if (nearest != NULL) {
        usage_error(command, "there is no option \"%s\"; did you mean \"--%s\"?", word, nearest);
    } else {
        usage_error(command, "there is no option \"%s\"", word);
    }
}

/* The option at which getopt_long has just returned '?', or ':' for want of a value. */
static void tell_bad_option(const char *command, const struct usage_option *options,
                            char *const *argv, int result)
{
    const char *const word = argv[optind - 1];
    const bool is_long = strncmp(word, "--", 2) == 0;
    const char letter[] = {'-', (char)optopt, '\0'};

    if (result == ':') {
        usage_error(command, "%s needs a value", word);
    } else if (is_long && optopt != 0) {
        usage_error(command, "%.*s takes no value", (int)strcspn(word, "="), word);
    } else {
        usage_unknown_option(command, options, is_long ? word : letter);
    }
}

static void take(const struct usage_option *option)
{
    if (option->flag != NULL) {
        *option->flag = true;
    } else {
        option->values[option->count != NULL ? (*option->count)++ : 0] = optarg;
    }
}

int usage_options(const char *command, const struct usage_option *options, bool in_front, int argc,
                  char **argv)
{
    /* Values above those of characters, '?' and ':' among them. */
    enum { HELP = 256, FIRST };
    struct option known[OPTIONS_MAX + 2] = {{"help", no_argument, NULL, HELP}};
    int option;

    for (int i = 0; options[i].name != NULL; i++) {
        known[i + 1] = (struct option){options[i].name,
                                       options[i].flag != NULL ? no_argument : required_argument,
                                       NULL, FIRST + i};
    }
    optind = 0; /* it may have been used before: the GNU way to begin anew */
    opterr = 0;
    while ((option = getopt_long(argc, argv, in_front ? "+:" : ":", known, NULL)) != -1) {
        if (option == HELP) {
            return USAGE_HELP;
        }
        if (option < FIRST) {
            tell_bad_option(command, options, argv, option);
            return EXIT_FAILED;
        }
        take(&options[option - FIRST]);
    }
    return 0;
}
