/* What Go cannot do itself, or does not know, it leaves to libc, if it may. */
#include "resolver/lookup_order.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/ascii.h"

enum { HOST_NAME_ROOM = 256, NAME_ROOM = 256 };

static const char mdns_allow_path[] = "/etc/mdns.allow";

static bool ends_with(const char *name, const char *suffix)
{
    size_t length = strlen(name);
    size_t tail = strlen(suffix);

    return length >= tail && ascii_equals(name + length - tail, suffix);
}

/* nss-myhostname(8). */
static bool is_own_name(const char *host)
{
    char own[HOST_NAME_ROOM] = "";

    return ascii_equals(host, "localhost") || ascii_equals(host, "localhost.localdomain") ||
           ends_with(host, ".localhost") || ends_with(host, ".localhost.localdomain") ||
           ascii_equals(host, "_gateway") || ascii_equals(host, "_outbound") ||
           gethostname(own, sizeof(own) - 1) != 0 || ascii_equals(host, own);
}

/* Multicast DNS has ".local", and whatever the file allows. */
static bool is_mdns_name(const char *host)
{
    struct stat status;

    return ends_with(host, ".local") || stat(mdns_allow_path, &status) == 0 || errno != ENOENT;
}

static bool is_gos(const struct nsswitch_source *source)
{
    return strcmp(source->name, "files") == 0 || strcmp(source->name, "dns") == 0;
}

bool lookup_order_needs_libc(const struct nsswitch_source *source)
{
    if (is_gos(source)) {
        return !source->standard;
    }
    return strcmp(source->name, "myhostname") != 0 && strncmp(source->name, "mdns", 4) != 0;
}

/* `host` has no dot at its end. */
static bool source_sends_to_libc(const struct nsswitch_source *source, const char *host)
{
    if (is_gos(source) || *host == '\0') {
        return !is_gos(source) || !source->standard;
    }
    if (strcmp(source->name, "myhostname") == 0) {
        return is_own_name(host);
    }
    return strncmp(source->name, "mdns", 4) != 0 || is_mdns_name(host);
}

static bool any_sends_to_libc(const struct nsswitch_sources *sources, const char *host)
{
    char bare[NAME_ROOM];
    size_t length = strlen(host);

    if (length > 0 && host[length - 1] == '.') {
        length--;
    }
    if (length >= sizeof(bare)) {
        length = sizeof(bare) - 1;
    }
    memcpy(bare, host, length);
    bare[length] = '\0';
    for (size_t i = 0; i < sources->count; i++) {
        if (source_sends_to_libc(&sources->list[i], bare)) {
            return true;
        }
    }
    return false;
}

static bool has_dns(const struct nsswitch_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (strcmp(sources->list[i].name, "dns") == 0) {
            return true;
        }
    }
    return false;
}

/* A Go that may not ask libc takes what it does not know for DNS, where there is none besides. */
static enum lookup_order order_of(const struct nsswitch_sources *sources, bool may_use_libc,
                                  enum lookup_order unclear)
{
    bool others_are_dns = !may_use_libc && !has_dns(sources);
    bool files = false;
    bool dns = false;
    bool files_first = false;

    for (size_t i = 0; i < sources->count; i++) {
        const char *name = sources->list[i].name;

        if (strcmp(name, "files") == 0) {
            files_first = files_first || !dns;
            files = true;
        } else if (strcmp(name, "dns") == 0 || others_are_dns) {
            dns = true;
        }
    }
    if (files && dns) {
        return files_first ? LOOKUP_ORDER_FILES_DNS : LOOKUP_ORDER_DNS_FILES;
    }
    return files ? LOOKUP_ORDER_FILES : dns ? LOOKUP_ORDER_DNS : unclear;
}

enum lookup_order lookup_order(const struct resolv_conf *conf,
                               const struct nsswitch_sources *sources, const char *host,
                               bool may_use_libc)
{
    enum lookup_order unclear = may_use_libc ? LOOKUP_ORDER_LIBC : LOOKUP_ORDER_FILES_DNS;

    if (may_use_libc && (strpbrk(host, "\\%") != NULL || conf->unknown ||
                         (conf->error != 0 && conf->error != ENOENT && conf->error != EACCES &&
                          conf->error != EPERM))) {
        return LOOKUP_ORDER_LIBC;
    }
    if (sources->error == ENOENT ||
        (sources->error == 0 && !sources->faulty && sources->count == 0)) {
        return LOOKUP_ORDER_FILES_DNS;
    }
    if (sources->error != 0 || sources->faulty) {
        return unclear;
    }
    if (may_use_libc && any_sends_to_libc(sources, host)) {
        return LOOKUP_ORDER_LIBC;
    }
    return order_of(sources, may_use_libc, unclear);
}
