/* Writes messages on standard error. */
#include "shim/command/output/usage.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/spelling.h"

__attribute__((format(printf, 2, 0))) static void complain(const char *command, const char *format,
                                                           va_list arguments)
{
    fprintf(stderr, "boxlite-allownet%s%s: ", command != NULL ? " " : "",
            command != NULL ? command : "");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
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

void usage_bad_option(const char *command, const struct option *options, char *const *argv,
                      int result)
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

void usage_unknown_option(const char *command, const struct option *options, const char *word)
{
    const char *names[16];
    char name[SPELLING_MAX + 1];
    size_t count = 0;
    const char *nearest = NULL;

    while (count < sizeof(names) / sizeof(names[0]) && options[count].name != NULL) {
        names[count] = options[count].name;
        count++;
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
