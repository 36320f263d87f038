/*
 * When a static shim's Go asks the C library rather than the network itself (Go's net/conf.go),
 * that library, static as well, loads the host's NSS modules, which ends in SIGSEGV.
 */
#include "shim/command/doctor/resolver_files.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/text_file.h"

#define HOSTS_SHOWN 5

static void add_words(struct words *words, char *text)
{
    char *rest;

    for (char *word = strtok_r(text, " \t\r", &rest); word != NULL;
         word = strtok_r(NULL, " \t\r", &rest))
        facts_say(words, "%s", word);
}

static void read_resolv_conf(struct facts_host *out)
{
    char *text = text_file_read("/etc/resolv.conf", NULL);
    char *rest;

    if (text == NULL) {
        out->no_resolv_conf = true;
        return;
    }
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *value = line + strcspn(line, " \t");

        if (*line == '#' || *line == ';' || *value == '\0')
            continue;
        *value++ = '\0';
        if (strcmp(line, "nameserver") == 0) {
            add_words(&out->nameservers, value);
        } else if (strcmp(line, "search") == 0 || strcmp(line, "domain") == 0) {
            facts_words_clear(&out->search); /* resolv.conf(5): the last one counts */
            add_words(&out->search, value);
        } else if (strcmp(line, "options") == 0) {
            add_words(&out->options, value);
        }
    }
    free(text);
}

static void read_nsswitch(struct facts_host *out)
{
    char *text = text_file_read("/etc/nsswitch.conf", NULL);
    char *rest;

    for (char *line = text != NULL ? strtok_r(text, "\n", &rest) : NULL; line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        line += strspn(line, " \t");
        line[strcspn(line, "#")] = '\0';
        if (strncmp(line, "hosts:", 6) != 0)
            continue;
        facts_words_clear(&out->hosts_modules);
        add_words(&out->hosts_modules, line + 6);
    }
    free(text);
}

/* Names that every machine has, or that are this machine's own. */
static bool is_common(const char *name)
{
    static const char *const common[] = {"localhost",    "localhost.localdomain", "ip6-localhost",
                                         "ip6-loopback", "ip6-localnet",          "ip6-mcastprefix",
                                         "ip6-allnodes", "ip6-allrouters",        "ip6-allhosts"};
    char own[256] = "";

    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        if (strcasecmp(name, common[i]) == 0)
            return true;
    }
    gethostname(own, sizeof own - 1);
    return strcasecmp(name, own) == 0;
}

static void read_hosts(struct facts_host *out)
{
    char *text = text_file_read("/etc/hosts", NULL);
    char *lines;

    for (char *line = text != NULL ? strtok_r(text, "\n", &lines) : NULL; line != NULL;
         line = strtok_r(NULL, "\n", &lines)) {
        char *address;
        char *rest;

        line[strcspn(line, "#")] = '\0';
        address = strtok_r(line, " \t\r", &rest);
        for (char *name = address != NULL ? strtok_r(NULL, " \t\r", &rest) : NULL; name != NULL;
             name = strtok_r(NULL, " \t\r", &rest)) {
            if (is_common(name))
                continue;
            if (out->hosts_entries++ < HOSTS_SHOWN)
                facts_say(&out->hosts_names, "%s %s", address, name);
        }
    }
    free(text);
}

/* The module of nsswitch.conf's hosts line that Go does not do by itself; NULL for others.
   Measured: what is known to end a shim of 0.9.7 and 0.10.0. */
static const char *foreign_module(const char *word, bool *measured)
{
    static const char *const ours[] = {"files", "dns", "myhostname"};
    static const char *const known[] = {"resolve", "sss", "mymachines", "libvirt"};

    if (word[0] == '[' || strncmp(word, "mdns", 4) == 0)
        return NULL;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (strcmp(word, ours[i]) == 0)
            return NULL;
    }
    *measured = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        *measured = *measured || strcmp(word, known[i]) == 0;
    return word;
}

static void find_fault4(const struct facts_environment *environment, struct facts_host *out)
{
    bool in_brackets = false;

    for (size_t i = 0; i < out->hosts_modules.count; i++) {
        const char *word = out->hosts_modules.list[i];
        const bool begins = word[0] == '[';
        bool measured;

        if (!in_brackets && !begins && foreign_module(word, &measured) != NULL)
            facts_say(&out->fault4, "nsswitch.conf: hosts: %s%s", word,
                      measured ? "" : " (likely; not tried)");
        in_brackets = (in_brackets || begins) && strchr(word, ']') == NULL;
    }
    for (size_t i = 0; i < out->options.count; i++) {
        if (strcmp(out->options.list[i], "no-aaaa") == 0)
            facts_say(&out->fault4, "resolv.conf: options no-aaaa");
    }
    for (size_t i = 0; i < environment->resolver.count; i++) {
        const char *variable = environment->resolver.list[i];

        if (strncmp(variable, "RES_OPTIONS=", 12) == 0 ||
            strncmp(variable, "LOCALDOMAIN=", 12) == 0 ||
            (strncmp(variable, "GODEBUG=", 8) == 0 && strstr(variable, "netdns=cgo") != NULL))
            facts_say(&out->fault4, "environment: %s", variable);
    }
}

void resolver_files_read(const struct facts_environment *environment, struct facts_host *out)
{
    read_resolv_conf(out);
    read_nsswitch(out);
    read_hosts(out);
    find_fault4(environment, out);
}
