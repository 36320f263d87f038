/*
 * When a static shim's Go asks the C library rather than the network itself (Go's net/conf.go),
 * that library, static as well, loads the host's NSS modules, which ends in SIGSEGV.
 */
#include "shim/command/doctor/resolver_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "resolver/hosts_file.h"
#include "resolver/nsswitch.h"
#include "resolver/resolv_conf.h"

#define HOSTS_SHOWN 5

static void read_resolv_conf(struct facts_host *out)
{
    struct resolv_conf conf;

    resolv_conf_read(&conf, NULL);
    out->no_resolv_conf = conf.error != 0;
    for (size_t i = 0; i < conf.servers.count && !conf.servers.fallback; i++) {
        char address[SERVER_ADDRESS_ROOM];

        server_address_text(&conf.servers.list[i], address);
        facts_say(&out->nameservers, "%s", address);
    }
    for (size_t i = 0; i < conf.search_count; i++) {
        facts_say(&out->search, "%s", conf.search[i]);
    }
    for (size_t i = 0; i < conf.word_count; i++) {
        const struct resolv_word *word = &conf.words[i];

        if (word->kind != RESOLV_FOREIGN_KEYWORD) {
            facts_say(&out->options, "%s", word->text);
        }
        if (word->kind == RESOLV_FOREIGN_OPTION) {
            facts_say(&out->fault4, "resolv.conf: options %s", word->text);
        }
        if (word->kind == RESOLV_FOREIGN_KEYWORD) {
            facts_say(&out->fault4, "resolv.conf: %s", word->text);
        }
    }
    resolv_conf_clear(&conf);
}

/* What is known to end a shim of 0.9.7 and 0.10.0. */
static bool is_measured(const struct nsswitch_source *source)
{
    static const char *const known[] = {"resolve", "sss", "mymachines", "libvirt"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(source->name, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void read_nsswitch(struct facts_host *out)
{
    struct nsswitch_sources sources;

    nsswitch_sources_read(&sources);
    for (size_t i = 0; i < sources.count; i++) {
        const struct nsswitch_source *source = &sources.list[i];
        const char *criteria = source->criteria != NULL ? source->criteria : "";

        facts_say(&out->hosts_modules, "%s", source->name);
        if (*criteria != '\0') {
            facts_say(&out->hosts_modules, "%s", criteria);
        }
        if (nsswitch_source_needs_libc(source)) {
            /* Of Go's own it is the criteria. */
            facts_say(&out->fault4, "nsswitch.conf: hosts: %s%s%s%s", source->name,
                      nsswitch_source_is_gos(source) ? " " : "",
                      nsswitch_source_is_gos(source) ? criteria : "",
                      is_measured(source) ? "" : " (likely; not tried)");
        }
    }
    if (sources.faulty) {
        facts_say(&out->fault4, "nsswitch.conf: a line that Go cannot read (likely; not tried)");
    }
    nsswitch_sources_clear(&sources);
}

/* Names that every machine has, or that are this machine's own. */
static bool is_common(const char *name)
{
    static const char *const common[] = {"localhost",    "localhost.localdomain", "ip6-localhost",
                                         "ip6-loopback", "ip6-localnet",          "ip6-mcastprefix",
                                         "ip6-allnodes", "ip6-allrouters",        "ip6-allhosts"};
    char own[256] = "";

    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (strcasecmp(name, common[i]) == 0) {
            return true;
        }
    }
    gethostname(own, sizeof(own) - 1);
    return strcasecmp(name, own) == 0;
}

static void read_hosts(struct facts_host *out)
{
    struct hosts_file *file = hosts_file_read();
    const size_t count = file != NULL ? hosts_file_count(file) : 0;

    for (size_t i = 0; i < count; i++) {
        const struct hosts_entry entry = hosts_file_entry(file, i);

        if (!is_common(entry.name) && out->hosts_entries++ < HOSTS_SHOWN) {
            facts_say(&out->hosts_names, "%s %s", entry.address, entry.name);
        }
    }
    hosts_file_free(file);
}

static void read_variables(const struct facts_environment *environment, struct facts_host *out)
{
    for (size_t i = 0; i < environment->resolver.count; i++) {
        const char *variable = environment->resolver.list[i];

        if (strncmp(variable, "RES_OPTIONS=", 12) == 0 ||
            strncmp(variable, "LOCALDOMAIN=", 12) == 0 ||
            (strncmp(variable, "GODEBUG=", 8) == 0 && strstr(variable, "netdns=cgo") != NULL)) {
            facts_say(&out->fault4, "environment: %s", variable);
        }
    }
}

void resolver_files_read(const struct facts_environment *environment, struct facts_host *out)
{
    read_nsswitch(out);
    read_resolv_conf(out);
    read_hosts(out);
    read_variables(environment, out);
}
