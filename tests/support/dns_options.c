/* Reads the server's command line. */
#include "tests/support/dns_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

const char dns_options_help[] =
    "usage: dns-server [--listen ADDRESS:PORT]... [--log FILE] [--stdin-eof] SCRIPT [COMMAND...]\n"
    "\n"
    "Answers DNS questions over UDP and TCP as SCRIPT says. Prints `ready ADDRESS:PORT` for each\n"
    "listen address (default 127.0.0.1:53; [ADDRESS]:PORT for IPv6; port 0: any; udp: or tcp: in\n"
    "front of it: the other one is closed), then for each query one line, here or in FILE (`-` for "
    "what is no DNS query):\n"
    "  query NUMBER udp|tcp ADDRESS:PORT TYPE NAME\n"
    "Whoever starts it must read its output. It ends on SIGTERM, SIGINT, or with --stdin-eof at "
    "the\n"
    "end of stdin. Lines on stdin: `reload` reads SCRIPT again (prints `reloaded`), `reset` "
    "forgets\n"
    "how often names were asked (prints `reset`), `sync` only prints `synced`: whatever was sent\n"
    "before it has been logged by then. Exit 1: system, 2: usage or script.\n"
    "COMMAND is run when the server is ready and has its standard output; the server ends with "
    "it,\n"
    "after a line `ended STATUS MICROSECONDS` (STATUS as a shell has it), with exit 0.\n"
    "\n";

const char dns_options_help_script[] =
    "Script: one entry a line, # begins a comment.\n"
    "  NAME ACTION [; ACTION]...           what happens to questions for NAME\n"
    "  *.DOMAIN ACTION...                  for names below DOMAIN, any depth, without an own "
    "entry\n"
    "  default ACTION...                   for all other names; nxdomain if not given\n"
    "  @ADDRESS NAME|*.DOMAIN|default ...  the same, at this listen address only. Entries for one\n"
    "                                      address go before all others, its default included.\n"
    "Of a list each A question for a name takes one step, the last one stays. Other types see the\n"
    "step that the next A question will take. TCP after a truncated answer belongs to the same "
    "step.\n"
    "Each name has its own count, also below a wildcard; entries for an address count apart.\n"
    "\n"
    "ACTION is any number of modifiers, then one of:\n"
    "  answer IP[,IP]...         A and AAAA records; a type without any: as nodata\n"
    "  aaaa-only IP6[,IP6]...    AAAA records, no A\n"
    "  rotate IP[,IP]...         as answer, the order turning by one with each step\n"
    "  sinkhole                  answer 0.0.0.0\n"
    "  many N IP                 N A records that begin at IP\n"
    "  cname NAME[,NAME]...:IP[,IP]...   a chain of CNAMEs and the addresses at its end\n"
    "  cname-many N IP           a chain of N CNAMEs and the address at its end\n"
    "  cname-loop NAME           CNAME to NAME and back\n"
    "  cname-dangling NAME       CNAME to NAME, which has no address\n"
    "  nodata nxdomain servfail refused notimp formerr\n"
    "  foreign IP[,IP]...        as answer, but the records are those of another name\n"
    "  lame                      a referral, without authority and without recursion\n"
    "  drop                      no answer\n"
    "  truncate-refuse           UDP: TC, no records. TCP: the connection is reset\n"
    "  truncate-hang             UDP: TC, no records. TCP: no answer\n"
    "  empty-datagram            an answer of no bytes\n"
    "  garbage                   the query's id, then bytes that are no DNS\n"
    "  garbage-answer            good header and question, one record that cannot be read\n"
    "Modifiers, from left to right:\n"
    "  delay MS                  what follows, MS milliseconds later\n"
    "  truncate                  UDP: TC, no records, nothing that follows. TCP: what follows\n"
    "  wrong-id                  the answer has another id\n"
    "  wrong-question            the answer repeats another question\n"
    "  wrong-source              UDP: the answer comes from another address\n"
    "  dribble MS                TCP: the answer comes byte by byte, MS milliseconds between two\n"
    "  poison                    records of other names, and of this one, as additional ones\n"
    "  reverse                   the records of the answer in reverse order\n"
    "  upper                     question and owners of the answer in upper case\n"
    "  no-question               the answer does not repeat the question\n"
    "  tcp-only                  UDP: no answer\n"
    "  formerr-edns              a query with EDNS: formerr, without EDNS\n"
    "  others WORD               other types than A: the action WORD, which takes no arguments\n"
    "  lose PERCENT SEED         UDP: so many of a hundred questions get no answer; which ones, "
    "SEED\n"
    "                            and the number of questions for the name and type before it say\n"
    "  limit N                   the listen address answers N questions a second, no more\n"
    "UDP answers above 512 bytes (or the size of the query's EDNS) are truncated by themselves.\n";

int dns_options_usage(const char *text, const char *word)
{
    fprintf(stderr, "dns-server: %s%s (try --help)\n", text, word);
    return DNS_EXIT_USAGE;
}

int dns_options_parse(int argc, char **argv, struct dns_options *out)
{
    static const char *const default_listen = "127.0.0.1:53";
    static const struct option known[] = {{"listen", required_argument, NULL, 'l'},
                                          {"log", required_argument, NULL, 'o'},
                                          {"stdin-eof", no_argument, NULL, 'e'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;

    /* There are never more addresses than arguments. */
    out->listen = calloc((size_t)argc + 1, sizeof(*out->listen));
    if (out->listen == NULL) {
        return dns_options_usage("out of memory", "");
    }
    while ((option = getopt_long(argc, argv, "+", known, NULL)) != -1) {
        if (option == 'l') {
            out->listen[out->listen_count++] = optarg;
        } else if (option == 'o') {
            out->log = optarg;
        } else if (option == 'e') {
            out->stdin_eof = true;
        } else if (option == 'h') {
            out->help = true;
        } else {
            return DNS_EXIT_USAGE;
        }
    }
    if (out->help) {
        return 0;
    }
    if (out->listen_count == 0) {
        out->listen[out->listen_count++] = default_listen;
    }
    if (optind == argc) {
        return dns_options_usage("a script is needed", "");
    }
    out->script = argv[optind];
    out->command = optind + 1 < argc ? argv + optind + 1 : NULL;
    return 0;
}
