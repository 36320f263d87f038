/*
 * Which loaded object an address lies in, and whether it is still the same one. Objects come and go
 * by dlopen(3) and dlclose(3), and one may lie where another lay.
 */
#ifndef PRELOAD_OBJECT_H
#define PRELOAD_OBJECT_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object {
    uintptr_t begin; /* addresses [begin, end) belong to it */
    uintptr_t end;
    uint64_t name_hash;
    uint64_t
        unloads; /* how many objects have been unloaded in the life of the process, until now */
};

/* Where it came from, and how it lies in memory. Borrowed from the loader: valid as long as the
   object is loaded. */
struct object_image {
    const char *path; /* as it was loaded, perhaps relative; "" for the program itself */
    uintptr_t base;   /* what the loader has added to the addresses of its file */
    const ElfW(Phdr) * segments;
    size_t count;
};

/* Finds the object at `address`. False, and *out empty, if there is none, as for code that was made
   at run time. Takes the loader's lock. Any thread. */
bool object_find(uintptr_t address, struct object *out);

/* The image of the object that `object` was found to be; false if it is not loaded any more. Takes
   the loader's lock. Any thread. */
bool object_image(const struct object *object, struct object_image *out);

/* Whether [address, address + size) lies in one segment of the image that is loaded with all of
   `flags` (PF_R, PF_W), and, with PF_W, is not made read-only after relocation. Any thread. */
bool object_image_holds(const struct object_image *image, uintptr_t address, size_t size,
                        ElfW(Word) flags);

/* How many objects have been unloaded in the life of the process: while that stays, all that were
   there still are. Takes the loader's lock, for a moment. Any thread. */
uint64_t object_unloads(void);

#endif
