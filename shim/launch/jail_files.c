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
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/ascii.h"
#include "resolver/hosts_file.h"
#include "resolver/resolv_conf.h"
#include "shim/base/keep.h"
#include "shim/base/memory_file.h"
#include "shim/boxlite/network.h"

#define HOSTS    "/etc/hosts"
#define NSSWITCH "/etc/nsswitch.conf"
#define RESOLV   "/etc/resolv.conf"

/* As for a handover. */
#define LOWEST_FD 10

/* The record that boxlite configures for every box; nobody else has the name. */
static const char host_alias[] = NETWORK_HOST_IP " " NETWORK_HOST_NAME "\n";

static FILE *open_memory(void)
{
    const int memory = memory_file_make();
    FILE *stream = memory < 0 ? NULL : fdopen(memory, "w");

    if (stream == NULL && memory >= 0) {
        close(memory);
    }
    return stream;
}

static void end(FILE *stream)
{
    KEEP_ERRNO;

    fclose(stream);
}

/* Ends `stream` and has bwrap make the file `path` of what was written to it. */
static int add_file(struct words *options, FILE *stream, const char *path)
{
    const bool written = fflush(stream) == 0 && ferror(stream) == 0;
    const int descriptor = written ? fcntl(fileno(stream), F_DUPFD, LOWEST_FD) : -1;
    char *number = NULL;

    end(stream);
    if (descriptor < 0) {
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
    return answers_find(&handover->answers, name)->address_count > 0;
}

static void write_pins(FILE *stream, const struct handover *handover)
{
    for (size_t i = 0; i < handover->answers.count; i++) {
        const struct resolver_host *host = &handover->answers.hosts[i];

        for (size_t j = 0; j < host->address_count; j++) {
            char text[INET_ADDRSTRLEN];

            fprintf(stream, "%s %s\n", inet_ntop(AF_INET, &host->addresses[j], text, sizeof(text)),
                    host->name);
        }
    }
}

/*
 * Go answers with the addresses of all lines that have a name, where libc takes the first: a name
 * that is pinned is left out of the host's own, whatever the order, so that the pins alone count.
 */
static void write_own(FILE *stream, const struct handover *handover, const struct hosts_file *own)
{
    size_t line = SIZE_MAX;

    for (size_t i = 0; i < hosts_file_count(own); i++) {
        const struct hosts_entry entry = hosts_file_entry(own, i);

        if (is_pinned(handover, entry.name)) {
            continue;
        }
        if (entry.line == line) {
            fprintf(stream, " %s", entry.name);
        } else {
            fprintf(stream, "%s%s %s", line == SIZE_MAX ? "" : "\n", entry.address, entry.name);
        }
        line = entry.line;
    }
    if (line != SIZE_MAX) {
        fputc('\n', stream);
    }
}

/* Of a file that could not be opened: whether there is nothing to be read. Else what the jail lacks
   would be missed, or be wrong, without a word. */
static bool is_absent(int error)
{
    return error == ENOENT || error == ENOTDIR || error == EACCES;
}

static int failed(int error)
{
    errno = error;
    return -1;
}

static int add_hosts(const struct handover *handover, struct words *options)
{
    struct hosts_file *own = hosts_file_read();
    const int error = own != NULL ? hosts_file_error(own) : is_absent(errno) ? 0 : errno;
    FILE *stream = error == 0 ? open_memory() : NULL;
    const int no_stream = errno;

    if (stream != NULL) {
        write_pins(stream, handover);
        fputs(host_alias, stream);
        if (own != NULL) {
            write_own(stream, handover, own);
        }
    }
    hosts_file_free(own);
    return stream != NULL ? add_file(options, stream, HOSTS)
                          : failed(error != 0 ? error : no_stream);
}

static int add_nsswitch(struct words *options)
{
    FILE *stream = open_memory();

    if (stream == NULL) {
        return -1;
    }
    fputs("hosts: files dns\n", stream);
    return add_file(options, stream, NSSWITCH);
}

static void write_resolv(FILE *stream, const struct resolv_conf *own)
{
    for (size_t i = 0; i < own->servers.count && !own->servers.fallback; i++) {
        char address[SERVER_ADDRESS_ROOM];

        server_address_text(&own->servers.list[i], address);
        fprintf(stream, "nameserver %s\n", address);
    }
    for (size_t i = 0; i < own->search_count; i++) {
        fprintf(stream, "%s %s%s", i == 0 ? "search" : "", own->search[i],
                i + 1 == own->search_count ? "\n" : "");
    }
    for (size_t i = 0; i < own->word_count; i++) {
        if (own->words[i].kind == RESOLV_OPTION) {
            fprintf(stream, "options %s\n", own->words[i].text);
        }
    }
}

/* For what guests ask beyond addresses: all but the words that Go does not understand, such as
   no-aaaa and sortlist. None where the host has none: Go has a default. */
static int add_resolv(struct words *options)
{
    struct resolv_conf own;
    int error = resolv_conf_read(&own, NULL);
    FILE *stream = NULL;
    int status;

    if (error == 0 && !is_absent(own.error)) {
        error = own.error != 0 ? own.error : own.read_error;
    }
    if (error != 0) {
        status = failed(error);
    } else if (own.error != 0) {
        status = 0;
    } else {
        stream = open_memory();
        if (stream != NULL) {
            write_resolv(stream, &own);
        }
        status = stream != NULL ? add_file(options, stream, RESOLV) : -1;
    }
    error = errno;
    resolv_conf_clear(&own);
    errno = error;
    return status;
}

int jail_files_add(const struct handover *handover, struct words *options)
{
    return add_hosts(handover, options) == 0 && add_nsswitch(options) == 0 &&
                   add_resolv(options) == 0
               ? 0
               : -1;
}
