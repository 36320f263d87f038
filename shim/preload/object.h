/*
 * Which loaded object an address lies in, and whether it is still the same one. Objects come and go
 * by dlopen(3) and dlclose(3), and one may lie where another lay.
 */
#ifndef PRELOAD_OBJECT_H
#define PRELOAD_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

struct object {
    uintptr_t begin; /* addresses [begin, end) belong to it */
    uintptr_t end;
    uint64_t name_hash;
    uint64_t
        unloads; /* how many objects have been unloaded in the life of the process, until now */
};

/* Finds the object at `address`. False, and *out empty, if there is none, as for code that was made
   at run time. Takes the loader's lock. Any thread. */
bool object_find(uintptr_t address, struct object *out);

/* How many objects have been unloaded in the life of the process: while that stays, all that were
   there still are. Takes the loader's lock, for a moment. Any thread. */
uint64_t object_unloads(void);

#endif
