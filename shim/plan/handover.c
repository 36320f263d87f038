/*
 * The handover as text; the form of it is in the header.
 */
#include "shim/plan/handover.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/descriptors.h"
#include "shim/base/memory_file.h"
#include "shim/base/quiet.h"
#include "shim/base/whole_file.h"
#include "zones/text.h"

#define FIRST_LINE "boxlite-allownet handover 2"
#define LAST_LINE  "end"

/* Above what boxlite and bwrap number by themselves: 3 is the watchdog, 4 and up are closed. */
#define LOWEST_FD 10
/* Of the kernel; include/linux/err.h. */
#define ERRNO_MAX 4095
/* A handover of 10000 hosts with 30 addresses each is 5 MB. */
#define HANDOVER_SIZE_LIMIT (64L << 20)

/* ---- writing ---- */

/* A value stays on its line whatever it holds. */
static void add_escaped(struct text *text, const char *value)
{
    size_t length = strcspn(value, "\n\\");

    for (; value[length] != '\0'; length = strcspn(value, "\n\\")) {
        text_add(text, value, length);
        text_add_string(text, value[length] == '\n' ? "\\n" : "\\\\");
        value += length + 1;
    }
    text_format(text, "%s\n", value);
}

static void add_host_line(struct text *text, const struct resolver_host *host)
{
    text_format(text, "host %s %d %u %d %d %d %d %d ", host->name, (int)host->outcome,
                host->attempts, host->out_of_budget, host->no_nameserver, (int)host->search,
                strcmp(host->source, RESOLVER_HOSTS_FILE) == 0, host->error);
    for (size_t i = 0; i < host->address_count; i++) {
        char address[INET_ADDRSTRLEN];

        text_format(text, "%s%s", i == 0 ? "" : ",",
                    inet_ntop(AF_INET, &host->addresses[i], address, sizeof(address)));
    }
    text_add_string(text, "\n");
}

static char *format(const struct handover *handover, size_t *length)
{
    struct text text = {0};

    text_add_string(&text, FIRST_LINE "\n");
    for (size_t i = 0; i < handover->environment.count; i++) {
        text_add_string(&text, "env ");
        add_escaped(&text, handover->environment.list[i]);
    }
    for (size_t i = 0; i < handover->answers.count; i++) {
        add_host_line(&text, &handover->answers.hosts[i]);
    }
    for (size_t i = 0; i < handover->logs.count; i++) {
        text_format(&text, "log %d ", (int)handover->logs.list[i].level);
        add_escaped(&text, handover->logs.list[i].text);
    }
    text_add_string(&text, LAST_LINE "\n");
    *length = text.length;
    return text_take(&text);
}

static int write_all(int descriptor, const char *text, size_t length)
{
    for (size_t done = 0; done < length;) {
        /* A memfd's size counts against RLIMIT_FSIZE. */
        const ssize_t count = quiet_pwrite(descriptor, text + done, length - done, (off_t)done);

        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return -1;
        }
        done += (size_t)count;
    }
    return 0;
}

/* A name with white space would be read back as something else. */
static bool names_are_words(const struct handover *handover)
{
    for (size_t i = 0; i < handover->answers.count; i++) {
        if (handover->answers.hosts[i].name[0] == '\0' ||
            strpbrk(handover->answers.hosts[i].name, " \n") != NULL) {
            return false;
        }
    }
    return true;
}

int handover_write(const struct handover *handover)
{
    const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    char *text = NULL;
    size_t length = 0;
    int memory = -1;
    int descriptor = -1;

    if (!names_are_words(handover)) {
        errno = EINVAL;
        return -1;
    }
    text = format(handover, &length);
    if (text == NULL) {
        errno = ENOMEM;
        return -1;
    }
    memory = memory_file_make();
    if (memory >= 0 && write_all(memory, text, length) == 0 &&
        fcntl(memory, F_ADD_SEALS, seals) == 0) {
        descriptor = fcntl(memory, F_DUPFD, LOWEST_FD);
    }
    if (memory >= 0) {
        descriptors_close_one(memory);
    }
    free(text);
    return descriptor;
}

/* ---- reading ---- */

static char *read_all(int descriptor)
{
    struct stat status;
    char *text = NULL;
    size_t size;

    if (fstat(descriptor, &status) != 0) {
        return NULL;
    }
    if (!S_ISREG(status.st_mode) || status.st_size <= 0 || status.st_size > HANDOVER_SIZE_LIMIT) {
        errno = EBADMSG;
        return NULL;
    }
    /* A process with the privileges of another user takes settings from none but itself: it is
       given them by launch, which runs as that user already. */
    if (status.st_uid != geteuid()) {
        errno = EPERM;
        return NULL;
    }
    size = (size_t)status.st_size;
    text = malloc(size + 1);
    if (text == NULL) {
        return NULL;
    }
    if (whole_file_read_at(descriptor, text, size, 0) != 0) {
        free(text);
        return NULL;
    }
    text[size] = '\0';
    return text;
}

/* The next line, terminated in place; NULL if there is no whole line left. */
static char *next_line(char **rest)
{
    char *line = *rest;
    char *newline = strchr(line, '\n');

    if (newline == NULL) {
        return NULL;
    }
    *newline = '\0';
    *rest = newline + 1;
    return line;
}

static void unescape(char *text)
{
    char *to = text;

    for (; *text != '\0'; text++) {
        if (text[0] == '\\' && text[1] != '\0') {
            text++;
            *to++ = *text == 'n' ? '\n' : *text;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

/* The next word as a number of 0 to `high`; *text goes behind it and the space after it. */
static bool read_number(char **text, unsigned long high, unsigned long *out)
{
    char *end;

    if (**text < '0' || **text > '9') {
        return false;
    }
    errno = 0;
    *out = strtoul(*text, &end, 10);
    if (errno != 0 || *end != ' ' || *out > high) {
        return false;
    }
    *text = end + 1;
    return true;
}

static int add_variable(struct handover *out, char *text)
{
    unescape(text);
    words_take(&out->environment, strdup(text));
    return out->environment.failed ? ENOMEM : 0;
}

static int read_addresses(char *text, struct resolver_host *host)
{
    size_t most = 1;

    if (text[0] == '\0') {
        return 0;
    }
    for (const char *c = text; *c != '\0'; c++) {
        most += *c == ',';
    }
    host->addresses = calloc(most, sizeof(*host->addresses));
    if (host->addresses == NULL) {
        return ENOMEM;
    }
    for (char *word; (word = strsep(&text, ",")) != NULL;) {
        if (inet_pton(AF_INET, word, &host->addresses[host->address_count++]) != 1) {
            return EBADMSG;
        }
    }
    return 0;
}

static int add_host(struct handover *out, char *text)
{
    const char *name = strsep(&text, " ");
    unsigned long outcome, attempts, out_of_budget, no_nameserver, search, in_file, number;
    struct resolver_host *host;
    int error;

    if (name[0] == '\0' || text == NULL || !read_number(&text, RESOLVER_OUTCOME_LAST, &outcome) ||
        !read_number(&text, UINT_MAX, &attempts) || !read_number(&text, 1, &out_of_budget) ||
        !read_number(&text, 1, &no_nameserver) ||
        !read_number(&text, RESOLVER_NO_SEARCH_LIST, &search) || !read_number(&text, 1, &in_file) ||
        !read_number(&text, ERRNO_MAX, &number)) {
        return EBADMSG;
    }
    host = answers_add(&out->answers, name);
    if (host == NULL) {
        return ENOMEM;
    }
    host->outcome = (enum resolver_outcome)outcome;
    host->attempts = (unsigned)attempts;
    host->out_of_budget = out_of_budget != 0;
    host->no_nameserver = no_nameserver != 0;
    host->search = (enum resolver_search)search;
    host->error = (int)number;
    snprintf(host->source, sizeof(host->source), "%s", in_file != 0 ? RESOLVER_HOSTS_FILE : "");
    error = read_addresses(text, host);
    if (error == 0 && (host->outcome == RESOLVER_RESOLVED) != (host->address_count > 0)) {
        error = EBADMSG;
    }
    return error;
}

static int add_log(struct handover *out, char *text)
{
    unsigned long level;

    if (!read_number(&text, LOG_LEVEL_ERROR, &level)) {
        return EBADMSG;
    }
    unescape(text);
    log_lines_sink(&out->logs, (enum log_level)level, text);
    return out->logs.failed ? ENOMEM : 0;
}

/* 0, or an errno. */
static int parse(char *text, struct handover *out)
{
    const char *first = next_line(&text);
    int error = 0;

    if (first == NULL || strcmp(first, FIRST_LINE) != 0) {
        return EBADMSG;
    }
    while (error == 0) {
        char *line = next_line(&text);

        if (line == NULL) {
            error = EBADMSG;
        } else if (strcmp(line, LAST_LINE) == 0) {
            answers_sort(&out->answers);
            return *text == '\0' ? 0 : EBADMSG;
        } else if (strncmp(line, "env ", 4) == 0) {
            error = add_variable(out, line + 4);
        } else if (strncmp(line, "host ", 5) == 0) {
            error = add_host(out, line + 5);
        } else if (strncmp(line, "log ", 4) == 0) {
            error = add_log(out, line + 4);
        } else {
            error = EBADMSG;
        }
    }
    return error;
}

int handover_read(int descriptor, struct handover *out)
{
    char *text = read_all(descriptor);
    int error = errno;

    memset(out, 0, sizeof(*out));
    close(descriptor);
    if (text != NULL) {
        error = parse(text, out);
    }
    if (error != 0 || text == NULL) {
        handover_clear(out);
    }
    free(text);
    errno = error;
    return error == 0 ? 0 : -1;
}

void handover_clear(struct handover *handover)
{
    words_clear(&handover->environment);
    answers_clear(&handover->answers);
    log_lines_clear(&handover->logs);
}
