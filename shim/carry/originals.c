/* Finds libc's own functions by dlsym. */
#include "shim/carry/originals.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static struct originals originals;
static atomic_bool bound;

/* POSIX lets a data pointer hold a function's address; C17 does not let it be converted. */
#define BIND(into, name)                                                                           \
    do {                                                                                           \
        union {                                                                                    \
            void *object;                                                                          \
            __typeof__((into)->name) function;                                                     \
        } shape = {.object = dlsym(RTLD_NEXT, #name)};                                             \
        (into)->name = shape.function;                                                             \
    } while (0)

static void bind_all(struct originals *out)
{
    BIND(out, execve);
    BIND(out, execvpe);
    BIND(out, execv);
    BIND(out, execvp);
    BIND(out, fexecve);
    BIND(out, execveat);
    BIND(out, posix_spawn);
    BIND(out, posix_spawnp);
}

void originals_start(void)
{
    bind_all(&originals);
    atomic_store_explicit(&bound, true, memory_order_release);
}

const struct originals *originals_get(struct originals *early)
{
    if (atomic_load_explicit(&bound, memory_order_acquire)) {
        return &originals;
    }
    bind_all(early);
    return early;
}
