/*
 * Random allowlists and what they mean, told without any code from zones/.
 *
 * A case is a set of rules, configured zones, the answers DNS would give, and questions. Labels
 * come from a tiny alphabet, so that names lie below one another and clash all the time.
 */
#ifndef SUPPORT_ALLOW_MODEL_H
#define SUPPORT_ALLOW_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    MODEL_NAME = 64,
    MODEL_RULES = 8,
    MODEL_ZONES = 4,
    MODEL_RECORDS = 4,
    MODEL_SEARCH = 3,
    MODEL_QUERIES = 32,
    MODEL_ANSWER = 20 /* an IPv4 address or "NXDOMAIN" */
};

struct model_rule {
    char text[MODEL_NAME];    /* the entry of allow_net, ports and blanks included */
    char written[MODEL_NAME]; /* the host or domain in it */
    char lower[MODEL_NAME];
    bool wildcard;
    bool address; /* an IP rule: the names above are empty */
};

struct model_record {
    char name[MODEL_NAME];
    char ip[MODEL_ANSWER];
};

struct model_zone {
    char name[MODEL_NAME];
    char default_ip[MODEL_ANSWER];
    struct model_record records[MODEL_RECORDS];
    size_t record_count;
};

struct model_case {
    uint64_t seed;
    bool lenient; /* wildcards may lack an address, as BOXLITE_ALLOWNET_WILDCARD=lenient allows */
    struct model_rule rules[MODEL_RULES];
    size_t rule_count;
    struct model_zone zones[MODEL_ZONES];
    size_t zone_count;
    /* The guest's search list, the first of it the guest's own; the rest is the configuration's. */
    char search[MODEL_SEARCH][MODEL_NAME];
    size_t search_count;
    char queries[MODEL_QUERIES][MODEL_NAME]; /* without the dot at the end */
    size_t query_count;
};

/* The same seed gives the same case everywhere. */
void model_make(struct model_case *out, uint64_t seed);

/* What DNS says to the lower-case `name`: an address in `ip`, or false for none. */
bool model_answer(const struct model_case *model, const char *name, char ip[MODEL_ANSWER]);

/* What the guest is to be told about `query`: an address or "NXDOMAIN". */
void model_expect(const struct model_case *model, const char *query, char out[MODEL_ANSWER]);

/*
 * The names for which a guest's libc asks when it looks `query` up, in their order, and how many
 * they are: with the search list first where the name has no dot, else last (resolv.conf(5), ndots
 * 1). It goes on to the next where it hears NXDOMAIN.
 */
size_t model_search(const struct model_case *model, const char *query,
                    char out[MODEL_SEARCH + 1][2 * MODEL_NAME]);

/* Writes the bridge's configuration, as far as DNS is concerned. */
void model_print_config(const struct model_case *model, FILE *out);

/* Writes one line: {"seed","lenient","allow_net","dns_zones","dns_search_domains","answers",
   "queries","expected"}. */
void model_print_case(const struct model_case *model, FILE *out);

#endif
