/*
 * Read afresh for each attempt: a VPN rewrites the file while we wait. Words are told apart as in
 * dnsReadConfig; numbers are cut to its ranges, and one that is none is 0 there as well.
 */
#include "resolver/resolv_conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/ascii.h"
#include "resolver/lines.h"
#include "resolver/resolver.h"

static const char resolv_conf_path[] = "/etc/resolv.conf";

enum { NDOTS_MAX = 15, NUMBER_MAX = 0xFFFFFF, HOST_NAME_ROOM = 256 };

/* ---- the search list ---- */

static void clear_search(struct resolv_conf *conf)
{
    for (size_t i = 0; i < conf->search_count; i++) {
        free(conf->search[i]);
    }
    free(conf->search);
    conf->search = NULL;
    conf->search_count = 0;
    conf->searches_nothing = false;
}

/* False when memory is short. The root is no domain to search. */
static bool add_search(struct resolv_conf *conf, struct slice domain)
{
    char **grown;
    char *copy;

    if (domain.length > 0 && domain.text[domain.length - 1] == '.') {
        domain.length--;
    }
    if (domain.length == 0) {
        return true;
    }
    grown = realloc(conf->search, (conf->search_count + 1) * sizeof(*grown));
    if (grown == NULL) {
        return false;
    }
    conf->search = grown;
    copy = slice_copy(domain);
    if (copy == NULL) {
        return false;
    }
    ascii_lower(copy);
    conf->search[conf->search_count++] = copy;
    return true;
}

static bool add_default_search(struct resolv_conf *conf)
{
    char name[HOST_NAME_ROOM] = "";
    const char *dot;

    if (gethostname(name, sizeof(name) - 1) != 0) {
        return true;
    }
    dot = strchr(name, '.');
    return dot == NULL || add_search(conf, (struct slice){dot + 1, strlen(dot + 1)});
}

/* ---- options ---- */

static unsigned number(struct slice digits)
{
    unsigned value = 0;

    for (size_t i = 0; i < digits.length && digits.text[i] >= '0' && digits.text[i] <= '9'; i++) {
        value = value * 10 + (unsigned)(digits.text[i] - '0');
        if (value >= NUMBER_MAX) {
            return NUMBER_MAX;
        }
    }
    return value;
}

/* If the word is `name` with a number behind it, sets *value. */
static bool parse_number(struct slice word, const char *name, unsigned least, unsigned most,
                         unsigned *value)
{
    size_t length = strlen(name);
    unsigned found;

    if (!slice_begins(word, name)) {
        return false;
    }
    found = number((struct slice){word.text + length, word.length - length});
    *value = found < least ? least : found > most ? most : found;
    return true;
}

static bool parse_flag(struct slice word, const char *name, bool *flag)
{
    *flag = *flag || slice_is(word, name);
    return slice_is(word, name);
}

/* False when memory is short. */
static bool keep_word(struct resolv_conf *conf, enum resolv_kind kind, struct slice text)
{
    struct resolv_word *grown = realloc(conf->words, (conf->word_count + 1) * sizeof(*conf->words));
    char *copy = slice_copy(text);

    if (grown != NULL) {
        conf->words = grown;
    }
    if (grown == NULL || copy == NULL) {
        free(copy);
        return false;
    }
    grown[conf->word_count].kind = kind;
    grown[conf->word_count++].text = copy;
    return true;
}

/* False when memory is short. */
static bool read_option(struct resolv_conf *conf, struct slice word)
{
    bool ignored = false;

    if (parse_number(word, "ndots:", 0, NDOTS_MAX, &conf->ndots) ||
        parse_number(word, "timeout:", 1, NUMBER_MAX, &conf->timeout_s) ||
        parse_number(word, "attempts:", 1, NUMBER_MAX, &conf->attempts) ||
        parse_flag(word, "rotate", &conf->rotate) || parse_flag(word, "single-request", &ignored) ||
        parse_flag(word, "single-request-reopen", &ignored) ||
        parse_flag(word, "use-vc", &conf->use_tcp) || parse_flag(word, "usevc", &conf->use_tcp) ||
        parse_flag(word, "tcp", &conf->use_tcp) || parse_flag(word, "trust-ad", &ignored) ||
        parse_flag(word, "edns0", &ignored) || parse_flag(word, "no-reload", &ignored)) {
        return keep_word(conf, RESOLV_OPTION, word);
    }
    return keep_word(conf, RESOLV_FOREIGN_OPTION, word);
}

/* ---- lines ---- */

/* False when memory is short. */
static bool read_line(struct resolv_conf *conf, struct slice line)
{
    struct slice rest = line;
    struct slice keyword;
    struct slice word;
    bool good = true;

    if (slice_begins(line, ";") || slice_begins(line, "#") || !slice_next_field(&rest, &keyword)) {
        return true;
    }
    if (slice_is(keyword, "nameserver")) {
        if (slice_next_field(&rest, &word)) {
            servers_add(&conf->servers, word.text, word.length);
        }
    } else if (slice_is(keyword, "domain")) {
        if (slice_next_field(&rest, &word)) {
            clear_search(conf);
            good = add_search(conf, word);
            conf->searches_nothing = conf->search_count == 0;
        }
    } else if (slice_is(keyword, "search")) {
        clear_search(conf);
        while (good && slice_next_field(&rest, &word)) {
            good = add_search(conf, word);
        }
    } else if (slice_is(keyword, "options")) {
        while (good && slice_next_field(&rest, &word)) {
            good = read_option(conf, word);
        }
    } else if (!slice_is(keyword, "lookup")) {
        good = keep_word(conf, RESOLV_FOREIGN_KEYWORD, keyword);
    }
    return good;
}

int resolv_conf_read_path(struct resolv_conf *conf, const char *path)
{
    struct lines lines;
    struct slice line;
    bool good = true;

    *conf = (struct resolv_conf){.ndots = 1, .timeout_s = 5, .attempts = 2};
    conf->error = lines_open(&lines, path);
    if (conf->error == EMFILE || conf->error == ENFILE || conf->error == ENOMEM) {
        return conf->error;
    }
    if (conf->error == 0) {
        while (good && lines_next(&lines, &line)) {
            good = read_line(conf, line);
        }
        conf->read_error = lines.error;
        lines_close(&lines);
    }
    if (good && conf->search_count == 0 && !conf->searches_nothing) {
        good = add_default_search(conf);
    }
    if (conf->servers.count == 0) {
        servers_set_default(&conf->servers);
    }
    return good ? 0 : ENOMEM;
}

int resolv_conf_read(struct resolv_conf *conf, const char *servers)
{
    int error = resolv_conf_read_path(conf, resolv_conf_path);

    return error == 0 && servers != NULL ? servers_parse(&conf->servers, servers) : error;
}

void resolv_conf_clear(struct resolv_conf *conf)
{
    clear_search(conf);
    for (size_t i = 0; i < conf->word_count; i++) {
        free(conf->words[i].text);
    }
    free(conf->words);
    conf->words = NULL;
    conf->word_count = 0;
}

bool resolver_nameservers(const struct resolver_options *options, char *buffer, size_t size)
{
    struct resolv_conf conf;
    size_t used = 0;

    buffer[0] = '\0';
    (void)resolv_conf_read(&conf, options->servers);
    for (size_t i = 0; i < conf.servers.count && used < size; i++) {
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", i > 0 ? ", " : "",
                                 conf.servers.list[i].text);
    }
    resolv_conf_clear(&conf);
    return !conf.servers.fallback;
}
