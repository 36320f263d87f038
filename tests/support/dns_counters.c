/* Counts the questions for each name. */
#include "tests/support/dns_counters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/dns_script.h"

static int compare_keys(const void *left, const void *right)
{
    return strcmp(left, right);
}

int dns_counters_init(struct dns_counters *counters)
{
    counters->tree = ldns_rbtree_create(compare_keys);
    return counters->tree == NULL ? -1 : 0;
}

struct dns_counter *dns_counters_get(struct dns_counters *counters, const char *address,
                                     const char *name)
{
    char key[DNS_KEY_SIZE];
    struct dns_counter *counter;

    snprintf(key, sizeof(key), "%s %s", address, name);
    counter = (struct dns_counter *)ldns_rbtree_search(counters->tree, key);
    if (counter != NULL) {
        return counter;
    }
    counter = calloc(1, sizeof(*counter));
    if (counter == NULL) {
        return NULL;
    }
    counter->key = strdup(key);
    if (counter->key == NULL) {
        free(counter);
        return NULL;
    }
    counter->node.key = counter->key;
    ldns_rbtree_insert(counters->tree, &counter->node);
    return counter;
}

static void destroy_node(ldns_rbnode_t *node, void *context)
{
    struct dns_counter *counter = (struct dns_counter *)node;

    (void)context;
    free(counter->key);
    free(counter);
}

void dns_counters_clear(struct dns_counters *counters)
{
    if (counters->tree != NULL) {
        ldns_traverse_postorder(counters->tree, destroy_node, NULL);
        ldns_rbtree_free(counters->tree);
    }
    counters->tree = NULL;
}
