/* Memory of the tracee, had from its own malloc and given back to its own free. */
#include "shim/attach/thread/heap.h"

#include "shim/attach/thread/tracee.h"

#define ZEROS 4096

struct heap heap_of(const struct symbols *symbols, uint64_t bias)
{
    return (struct heap){.malloc = symbols->malloc + bias, .free = symbols->free + bias};
}

uint64_t heap_give(const struct heap *heap, struct inject *inject, size_t size)
{
    const uint64_t arguments[] = {size};
    uint64_t address;

    return inject_call(inject, heap->malloc, arguments, 1, &address) ? address : 0;
}

bool heap_open(struct heap *heap, struct inject *inject, size_t size)
{
    heap->block = heap_give(heap, inject, size);
    heap->block_size = size;
    return heap->block != 0;
}

bool heap_put(const struct heap *heap, const struct inject *inject, const void *data, size_t size)
{
    return heap->block != 0 && size <= heap->block_size &&
           tracee_write(inject->pid, heap->block, data, size);
}

static bool wipe(const struct heap *heap, const struct inject *inject)
{
    static const unsigned char zeros[ZEROS];

    for (size_t done = 0; done < heap->block_size; done += ZEROS) {
        const size_t left = heap->block_size - done;

        if (!tracee_write(inject->pid, heap->block + done, zeros, left < ZEROS ? left : ZEROS)) {
            return false;
        }
    }
    return true;
}

bool heap_close(struct heap *heap, struct inject *inject)
{
    const uint64_t arguments[] = {heap->block};
    uint64_t ignored;

    if (heap->block == 0) {
        return true;
    }
    if (!wipe(heap, inject) || !inject_call(inject, heap->free, arguments, 1, &ignored)) {
        return false;
    }
    heap->block = 0;
    return true;
}
