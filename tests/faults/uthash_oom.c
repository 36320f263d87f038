/*
 * A hash table whose allocations all fail: as zones/ has it, or, with AS_IT_COMES, as uthash is
 * without our settings, when it ends the process.
 */
#include <stddef.h>
#include <stdlib.h>

static void *no_memory(size_t size)
{
    (void)size;
    return NULL;
}

#define uthash_malloc(size) no_memory(size)

#ifdef AS_IT_COMES
#include <uthash.h>
#define HASH_ADDED(element) ((element)->hh.tbl != NULL)
#else
#include "zones/hash.h"
#endif

struct node {
    int key;
    UT_hash_handle hh;
};

int main(void)
{
    struct node node = {.key = 1};
    struct node *table = NULL;

    HASH_ADD_INT(table, key, &node);
    return HASH_ADDED(&node) ? EXIT_FAILURE : EXIT_SUCCESS;
}
