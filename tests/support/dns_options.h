/*
 * The command line of the scripted DNS server, and its help text, which describes the script
 * language.
 */
#ifndef SUPPORT_DNS_OPTIONS_H
#define SUPPORT_DNS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define DNS_EXIT_SYSTEM 1
#define DNS_EXIT_USAGE  2

struct dns_options {
    const char **listen; /* owned; the texts are borrowed from argv */
    size_t listen_count;
    const char *log; /* NULL: stdout */
    const char *script;
    char **command; /* the rest of argv, or NULL */
    bool stdin_eof;
    bool help;
};

/* The command line, then the script language: one after the other they are the help text. */
extern const char dns_options_help[];
extern const char dns_options_help_script[];

/* Fills a zeroed *out; the caller frees out->listen, also after a failure. Returns 0, or the exit
   status with a text on stderr. */
int dns_options_parse(int argc, char **argv, struct dns_options *out);

/* Says on stderr what is wrong with `word`; returns DNS_EXIT_USAGE. */
int dns_options_usage(const char *text, const char *word);

#endif
