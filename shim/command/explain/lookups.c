#include "shim/command/explain/lookups.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/whole_file.h"
#include "shim/command/output/usage.h"
#include "zones/address.h"
#include "zones/hostname.h"

#define SIZE_LIMIT ((size_t)16 << 20)

static const char blank[] = " \t\r\f\v";

static int out_of_memory(void)
{
    usage_complain("explain", "out of memory");
    return -1;
}

/* Not tolower(3): a host name is ASCII, whatever the locale. */
static int lower(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

/* A copy in lower case without the dot that may end it. */
static char *canonical(const char *name)
{
    char *copy = strdup(name);
    size_t length;

    if (copy == NULL) {
        return NULL;
    }
    length = strlen(copy);
    if (length > 1 && copy[length - 1] == '.') {
        copy[length - 1] = '\0';
    }
    for (char *byte = copy; *byte != '\0'; byte++) {
        *byte = (char)lower((unsigned char)*byte);
    }
    return copy;
}

static int compare_hosts(const void *left, const void *right)
{
    return strcmp(((const struct resolver_host *)left)->name,
                  ((const struct resolver_host *)right)->name);
}

static void sort(struct lookups *lookups)
{
    if (lookups->count > 0) {
        qsort(lookups->hosts, lookups->count, sizeof(lookups->hosts[0]), compare_hosts);
    }
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

/* Fills in a host from one line without comment, which is cut into words. NULL or what is wrong. */
static const char *read_line(char *line, const struct resolver_options *options,
                             struct resolver_host *host)
{
    char *rest = NULL;
    const char *name = strtok_r(line, blank, &rest);
    const char *fault = NULL;
    struct span where;

    if (address_is_literal(name, strlen(name))) {
        return "begins with an address; write the host first, then its addresses";
    }
    host->name = canonical(name);
    if (host->name == NULL) {
        return "out of memory";
    }
    if (hostname_check((struct span){.at = host->name, .length = strlen(host->name)}, &where) !=
        HOSTNAME_OK) {
        return "begins with what is no host name";
    }
    host->attempts = 1;
    for (const char *word = strtok_r(NULL, blank, &rest); word != NULL && fault == NULL;
         word = strtok_r(NULL, blank, &rest)) {
        fault = add_word(host, word, options);
    }
    if (fault == NULL && host->outcome == RESOLVER_UNTRIED) {
        return "names a host without an address; write \"nxdomain\", \"ipv6-only\" or \"fails\" "
               "behind it where it has none";
    }
    return fault;
}

static int read_lines(const char *name, char *text, const struct resolver_options *options,
                      struct lookups *out)
{
    size_t number = 0;
    char *rest = text;

    while (rest != NULL) {
        char *line = strsep(&rest, "\n");
        const char *fault;

        number++;
        line[strcspn(line, "#")] = '\0';
        line += strspn(line, blank);
        if (line[0] == '\0') {
            continue;
        }
        fault = read_line(line, options, &out->hosts[out->count++]);
        if (fault != NULL) {
            usage_complain("explain", "%s, line %zu: %s", name, number, fault);
            return -1;
        }
    }
    return 0;
}

static size_t count_lines(const char *text)
{
    size_t count = 1;

    for (const char *at = strchr(text, '\n'); at != NULL; at = strchr(at + 1, '\n')) {
        count++;
    }
    return count;
}

int lookups_read(const char *path, const struct resolver_options *options, struct lookups *out)
{
    const char *const name = strcmp(path, "-") == 0 ? "standard input" : path;
    struct whole_file file;
    int status = -1;

    *out = (struct lookups){0};
    if (whole_file_read(path, SIZE_LIMIT, &file) != 0) {
        usage_complain("explain", "cannot read %s: %s", name, strerror(errno));
        return -1;
    }
    if (strlen(file.bytes) != file.length) {
        usage_complain("explain", "%s holds a NUL byte, so it is no text", name);
        goto out;
    }
    out->hosts = calloc(count_lines(file.bytes), sizeof(out->hosts[0]));
    if (out->hosts == NULL) {
        out_of_memory();
        goto out;
    }
    if (read_lines(name, file.bytes, options, out) != 0) {
        goto out;
    }
    sort(out);
    for (size_t i = 1; i < out->count; i++) {
        if (compare_hosts(&out->hosts[i - 1], &out->hosts[i]) == 0) {
            usage_complain("explain", "%s names %s twice", name, out->hosts[i].name);
            goto out;
        }
    }
    status = 0;
out:
    whole_file_clear(&file);
    return status;
}

int lookups_resolve(const struct allowlist *list, const struct resolver_options *options,
                    struct lookups *out)
{
    *out = (struct lookups){0};
    out->hosts = calloc(list->host_count + 1, sizeof(out->hosts[0]));
    if (out->hosts == NULL) {
        return out_of_memory();
    }
    for (size_t i = 0; i < list->host_count; i++) {
        if (list->hosts[i].configured) {
            continue;
        }
        out->hosts[out->count].name = strdup(list->hosts[i].name);
        if (out->hosts[out->count].name == NULL) {
            return out_of_memory();
        }
        out->count++;
    }
    if (out->count > 0) {
        resolver_run(options, out->hosts, out->count, NULL, NULL);
    }
    sort(out);
    return 0;
}

struct host_key {
    const char *name;
    size_t length;
};

static int compare_key(const void *key, const void *element)
{
    const struct host_key *wanted = key;
    const char *name = ((const struct resolver_host *)element)->name;

    for (size_t i = 0; i < wanted->length; i++) {
        const int order = lower((unsigned char)wanted->name[i]) - (unsigned char)name[i];

        if (order != 0) {
            return order;
        }
    }
    return name[wanted->length] == '\0' ? 0 : -1;
}

const struct resolver_host *lookups_find(const struct lookups *lookups, const char *name)
{
    struct host_key key = {.name = name, .length = strlen(name)};

    if (key.length > 1 && name[key.length - 1] == '.') {
        key.length--;
    }
    if (key.length == 0 || lookups->count == 0) {
        return NULL;
    }
    return bsearch(&key, lookups->hosts, lookups->count, sizeof(lookups->hosts[0]), compare_key);
}

static bool copy_answer(const struct resolver_host *from, struct resolver_host *to)
{
    const char *name = to->name;

    *to = *from;
    to->name = name;
    to->addresses = NULL;
    if (from->address_count == 0) {
        return true;
    }
    to->addresses = malloc(from->address_count * sizeof(to->addresses[0]));
    if (to->addresses == NULL) {
        to->address_count = 0;
        to->outcome = RESOLVER_NO_MEMORY;
        return false;
    }
    memcpy(to->addresses, from->addresses, from->address_count * sizeof(to->addresses[0]));
    return true;
}

void lookups_answer(void *context, const struct resolver_options *options,
                    struct resolver_host *hosts, size_t count,
                    const struct resolver_observer *observer)
{
    struct lookups *lookups = context;

    for (size_t i = 0; i < count; i++) {
        const struct resolver_host *known = lookups_find(lookups, hosts[i].name);

        if (known != NULL) {
            lookups->failed = !copy_answer(known, &hosts[i]) || lookups->failed;
        } else {
            hosts[i].outcome = RESOLVER_NO_SUCH_HOST;
            hosts[i].attempts = options->attempts;
        }
        if (observer != NULL && observer->settled != NULL) {
            observer->settled(observer->context, &hosts[i]);
        }
    }
}

void lookups_clear(struct lookups *lookups)
{
    resolver_hosts_clear(lookups->hosts, lookups->count);
    for (size_t i = 0; i < lookups->count; i++) {
        free((char *)lookups->hosts[i].name);
    }
    free(lookups->hosts);
    *lookups = (struct lookups){0};
}
