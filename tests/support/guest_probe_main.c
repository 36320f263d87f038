/*
 * guest-probe SOCKET [--type TYPE] [--musl] NAME...
 * guest-probe SOCKET [--type TYPE] [--musl] --stdin
 *
 * Looks each name up as the guest's libc does, with its search list; one with a dot at its end is
 * asked for as it is. Prints one line for each name: the name and what guest_probe.h says of the
 * answer. Ends with 1 if the bridge could not be asked, with 2 if asked the wrong way.
 */
#include "tests/support/guest_dns.h"
#include "tests/support/guest_probe.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct question {
    uint16_t type;
    enum guest_libc libc;
};

static int ask(struct guest_probe *probe, const char *name, const struct question *question)
{
    char answer[4096];
    int rc = guest_probe_ask(probe, name, question->type, question->libc, answer, sizeof(answer));

    if (rc == 0) {
        printf("%s %s\n", name, answer);
        fflush(stdout);
    } else {
        fprintf(stderr, "guest-probe: %s: %s\n", name, strerror(-rc));
    }
    return rc;
}

static int ask_lines(struct guest_probe *probe, const struct question *question)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    int rc = 0;

    while (rc == 0 && (length = getline(&line, &size, stdin)) >= 0) {
        if (length > 0 && line[length - 1] == '\n') {
            line[length - 1] = '\0';
        }
        rc = ask(probe, line, question);
    }
    free(line);
    return rc;
}

int main(int argc, char **argv)
{
    struct guest_probe *probe = NULL;
    struct question question = {.type = guest_dns_type("A")};
    bool lines;
    int first = 2;
    int rc;

    if (argc > 3 && strcmp(argv[2], "--type") == 0) {
        question.type = guest_dns_type(argv[3]);
        first = 4;
    }
    if (argc > first && strcmp(argv[first], "--musl") == 0) {
        question.libc = GUEST_MUSL;
        first++;
    }
    if (argc <= first || question.type == 0) {
        fprintf(stderr, "usage: guest-probe SOCKET [--type TYPE] [--musl] NAME... | --stdin\n");
        return 2;
    }
    lines = strcmp(argv[first], "--stdin") == 0;
    rc = guest_probe_open(argv[1], &probe);
    if (rc != 0) {
        fprintf(stderr, "guest-probe: %s: %s\n", argv[1], strerror(-rc));
    } else if (lines) {
        rc = ask_lines(probe, &question);
    }
    for (int i = first; rc == 0 && !lines && i < argc; i++) {
        rc = ask(probe, argv[i], &question);
    }
    guest_probe_close(probe);
    return rc == 0 ? 0 : 1;
}
