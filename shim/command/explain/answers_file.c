/*
 * A file of answers, as an operator writes one; see answers_file.h.
 */
#include "shim/command/explain/answers_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/ascii.h"
#include "shim/base/whole_file.h"
#include "shim/command/output/usage.h"
#include "zones/address.h"
#include "zones/hostname.h"

#define SIZE_LIMIT ((size_t)16 << 20)

static const char blank[] = " \t\r\f\v";

/* As a rule names it: in lower case, without the dot that may end it. */
static void make_canonical(char *name)
{
    const size_t length = strlen(name);

    if (length > 1 && name[length - 1] == '.') {
        name[length - 1] = '\0';
    }
    ascii_lower(name);
}

static int add_address(struct resolver_host *host, struct in_addr address)
{
    struct in_addr *grown;

    /* As the resolver judges it: somebody upstream denies the name. */
    if (address.s_addr == htonl(INADDR_ANY) || host->outcome == RESOLVER_SINKHOLED) {
        host->outcome = RESOLVER_SINKHOLED;
        return 0;
    }
    grown = realloc(host->addresses, (host->address_count + 1) * sizeof(grown[0]));
    if (grown == NULL) {
        return -1;
    }
    host->addresses = grown;
    host->addresses[host->address_count++] = address;
    host->outcome = RESOLVER_RESOLVED;
    return 0;
}

/* One word behind a host's name. Returns NULL, or what is wrong with it. */
static const char *add_word(struct resolver_host *host, const char *word,
                            const struct resolver_options *options)
{
    struct in_addr address;

    if (address_is_ipv4(word, &address)) {
        return add_address(host, address) == 0 ? NULL : "out of memory";
    }
    if (address_is_literal(word, strlen(word))) {
        if (host->outcome == RESOLVER_UNTRIED) {
            host->outcome = RESOLVER_IPV6_ONLY;
        }
        return NULL;
    }
    if (host->outcome != RESOLVER_UNTRIED) {
        return "has a word that is no address";
    }
    if (strcmp(word, "nxdomain") == 0) {
        host->outcome = RESOLVER_NO_SUCH_HOST;
        host->attempts = options->attempts;
    } else if (strcmp(word, "ipv6-only") == 0) {
        host->outcome = RESOLVER_IPV6_ONLY;
    } else if (strcmp(word, "fails") == 0) {
        host->outcome = RESOLVER_NO_ANSWER;
        host->attempts = options->attempts;
    } else {
        return "has a word that is neither an address nor \"nxdomain\", \"ipv6-only\" or \"fails\"";
    }
    return NULL;
}

/* One line without comment, which is cut into words. NULL, or what is wrong with it. */
static const char *read_line(char *line, const struct resolver_options *options,
                             struct answers *out)
{
    char *rest = NULL;
    char *name = strtok_r(line, blank, &rest);
    const char *fault = NULL;
    struct resolver_host *host;
    struct span where;

    if (address_is_literal(name, strlen(name))) {
        return "begins with an address; write the host first, then its addresses";
    }
    make_canonical(name);
    if (hostname_check((struct span){.at = name, .length = strlen(name)}, &where) != HOSTNAME_OK) {
        return "begins with what is no host name";
    }
    host = answers_add(out, name);
    if (host == NULL) {
        return "out of memory";
    }
    host->attempts = 1;
    for (const char *word = strtok_r(NULL, blank, &rest); word != NULL && fault == NULL;
         word = strtok_r(NULL, blank, &rest)) {
        fault = add_word(host, word, options);
    }
    if (fault == NULL && host->outcome == RESOLVER_UNTRIED) {
        return "names a host without an address; write \"nxdomain\", \"ipv6-only\" or \"fails\" "
               "after it if it has none";
    }
    return fault;
}

static int read_lines(const char *name, char *text, const struct resolver_options *options,
                      struct answers *out)
{
    size_t number = 0;
    char *rest = text;

    while (rest != NULL) {
        char *line = strsep(&rest, "\n");
        const char *fault = NULL;

        number++;
        line[strcspn(line, "#")] = '\0';
        if (line[strspn(line, blank)] != '\0') {
            fault = read_line(line, options, out);
        }
        if (fault != NULL) {
            usage_complain("explain", "%s, line %zu: %s", name, number, fault);
            return -1;
        }
    }
    return 0;
}

int answers_file_read(const char *path, const struct resolver_options *options, struct answers *out)
{
    const char *const name = strcmp(path, "-") == 0 ? "standard input" : path;
    struct whole_file file;
    int status = -1;

    *out = (struct answers){
        .missing = {.outcome = RESOLVER_NO_SUCH_HOST, .attempts = options->attempts}};
    if (whole_file_read(path, SIZE_LIMIT, &file) != 0) {
        usage_complain("explain", "cannot read %s: %s", name, strerror(errno));
        return -1;
    }
    if (strlen(file.bytes) != file.length) {
        usage_complain("explain", "%s holds a NUL byte, so it is no text", name);
    } else {
        status = read_lines(name, file.bytes, options, out);
    }
    whole_file_clear(&file);
    answers_sort(out);
    for (size_t i = 1; status == 0 && i < out->count; i++) {
        if (strcmp(out->hosts[i - 1].name, out->hosts[i].name) == 0) {
            usage_complain("explain", "%s names %s twice", name, out->hosts[i].name);
            status = -1;
        }
    }
    return status;
}
