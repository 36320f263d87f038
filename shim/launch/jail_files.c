/*
 * Go asks these files itself, in this order, as long as it understands every word of them. At the
 * first that it does not it leaves the lookup to libc (lookupOrder in its net/conf.go, unknownOpt
 * in net/dnsconfig_unix.go), and a static libc then loads the host's NSS modules, which end it.
 */
#include "shim/launch/jail_files.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "shim/base/memory_file.h"
#define HOSTS    "/etc/hosts"
#define NSSWITCH "/etc/nsswitch.conf"
#define RESOLV   "/etc/resolv.conf"

/* As for a handover. */
#define LOWEST_FD 10

/* Between the words of all three. */
static const char blanks[] = " \t\r\n";

/* The record that boxlite configures for every box (net/constants.rs); nobody else has the name. */
static const char host_alias[] = "192.168.127.254 host.boxlite.internal\n";

static FILE *open_memory(void)
{
    const int memory = memory_file_make();
    FILE *stream = memory < 0 ? NULL : fdopen(memory, "w");

    if (stream == NULL && memory >= 0)
        close(memory);
    return stream;
}

/* Ends `stream` and has bwrap make the file `path` of what was written to it. */
static int add_file(struct words *options, FILE *stream, const char *path)
{
    const bool written = fflush(stream) == 0 && ferror(stream) == 0;
    const int descriptor = written ? fcntl(fileno(stream), F_DUPFD, LOWEST_FD) : -1;
    const int error = errno;
    char *number = NULL;

    fclose(stream);
    if (descriptor < 0) {
        errno = error;
        return -1;
    }
    if (lseek(descriptor, 0, SEEK_SET) != 0 || asprintf(&number, "%d", descriptor) < 0) {
        close(descriptor);
        return -1;
    }
    words_add(options, "--ro-bind-data");
    words_take(options, number);
    words_add(options, path);
    return 0;
}

static bool is_pinned(const struct handover *handover, const char *name)
{
    const size_t length = strlen(name);
    const size_t bare = length > 0 && name[length - 1] == '.' ? length - 1 : length;

    for (size_t i = 0; i < handover->host_count; i++) {
        const struct resolver_host *host = &handover->hosts[i];

        if (host->address_count > 0 && strlen(host->name) == bare &&
            strncasecmp(host->name, name, bare) == 0)
            return true;
    }
    return false;
}

static void write_pins(FILE *stream, const struct handover *handover)
{
    for (size_t i = 0; i < handover->host_count; i++) {
        const struct resolver_host *host = &handover->hosts[i];

        for (size_t j = 0; j < host->address_count; j++) {
            char text[INET_ADDRSTRLEN];

            fprintf(stream, "%s %s\n", inet_ntop(AF_INET, &host->addresses[j], text, sizeof text),
                    host->name);
        }
    }
}

/*
 * Go answers with the addresses of all lines that have a name, where libc takes the first: a name
 * that is pinned is left out of the host's own, whatever the order, so that the pins alone count.
 */
static void write_own_line(FILE *stream, const struct handover *handover, char *line)
{
    char *rest = NULL;
    const char *address;
    bool begun = false;

    line[strcspn(line, "#")] = '\0';
    address = strtok_r(line, blanks, &rest);
    if (address == NULL)
        return;
    for (const char *name; (name = strtok_r(NULL, blanks, &rest)) != NULL;) {
        if (is_pinned(handover, name))
            continue;
        fprintf(stream, "%s %s", begun ? "" : address, name);
        begun = true;
    }
    if (begun)
        fputc('\n', stream);
}

/* Reads `path` line by line. NULL where there is nothing to be read; `*failed` is set where there
   is, and it cannot be: what the jail lacks then would be missed, or be wrong, without a word. */
static FILE *open_own(const char *path, bool *failed)
{
    FILE *own = fopen(path, "re");

    *failed = own == NULL && errno != ENOENT && errno != ENOTDIR && errno != EACCES;
    return own;
}

/* Ends both: the file `path` is to hold what was written to `stream`, if `own` was read to its end.
 */
static int finish(struct words *options, FILE *stream, FILE *own, const char *path)
{
    const bool whole = own == NULL || feof(own) != 0;
    const int error = errno;

    if (own != NULL)
        fclose(own);
    errno = error;
    if (stream != NULL && whole)
        return add_file(options, stream, path);
    if (stream != NULL)
        fclose(stream);
    errno = error;
    return -1;
}

static int add_hosts(const struct handover *handover, struct words *options)
{
    FILE *stream = NULL;
    FILE *own = NULL;
    char *line = NULL;
    size_t room = 0;
    bool failed;

    own = open_own(HOSTS, &failed);
    if (failed)
        return -1;
    stream = open_memory();
    if (stream != NULL) {
        write_pins(stream, handover);
        fputs(host_alias, stream);
    }
    while (stream != NULL && own != NULL && getline(&line, &room, own) >= 0)
        write_own_line(stream, handover, line);
    free(line);
    return finish(options, stream, own, HOSTS);
}

static int add_nsswitch(struct words *options)
{
    FILE *stream = open_memory();

    if (stream == NULL)
        return -1;
    fputs("hosts: files dns\n", stream);
    return add_file(options, stream, NSSWITCH);
}

static bool says_whom_to_ask(const char *line)
{
    static const char *const kept[] = {"nameserver", "search", "domain"};
    const size_t length = strcspn(line, blanks);

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (strlen(kept[i]) == length && strncmp(line, kept[i], length) == 0)
            return true;
    }
    return false;
}

/* For what guests ask beyond addresses. Options such as no-aaaa, and sortlist, are the words that
   Go does not understand. None where the host has none: Go has a default. */
static int add_resolv(struct words *options)
{
    FILE *stream = NULL;
    char *line = NULL;
    size_t room = 0;
    bool failed;
    FILE *own = open_own(RESOLV, &failed);

    if (own == NULL)
        return failed ? -1 : 0;
    stream = open_memory();
    while (stream != NULL && getline(&line, &room, own) >= 0) {
        if (says_whom_to_ask(line))
            fputs(line, stream);
    }
    free(line);
    return finish(options, stream, own, RESOLV);
}

int jail_files_add(const struct handover *handover, struct words *options)
{
    return add_hosts(handover, options) == 0 && add_nsswitch(options) == 0 &&
                   add_resolv(options) == 0
               ? 0
               : -1;
}
