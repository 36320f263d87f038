/*
 * uthash, set up so that a failed allocation does not end the host process.
 * Every add is followed by a test with HASH_ADDED: on failure the table is as it was before.
 */
#ifndef ZONES_HASH_H
#define ZONES_HASH_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define HASH_ADDED(element) ((element)->hh.tbl != NULL)

#endif
