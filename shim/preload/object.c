#include "shim/preload/object.h"

#include <link.h>
#include <stddef.h>
#include <string.h>

struct search {
    uintptr_t wanted;
    struct object *out;
};

/* FNV-1a. */
static uint64_t hash(const char *text)
{
    uint64_t value = 0xcbf29ce484222325U;

    for (; text != NULL && *text != '\0'; text++)
        value = (value ^ (unsigned char)*text) * 0x100000001b3U;
    return value;
}

static int match(struct dl_phdr_info *info, size_t size, void *data)
{
    const struct search *search = data;
    uintptr_t begin = UINTPTR_MAX;
    uintptr_t end = 0;

    (void)size;
    for (ElfW(Half) i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        const uintptr_t first = info->dlpi_addr + segment->p_vaddr;

        if (segment->p_type != PT_LOAD)
            continue;
        begin = first < begin ? first : begin;
        end = first + segment->p_memsz > end ? first + segment->p_memsz : end;
    }
    if (search->wanted < begin || search->wanted >= end)
        return 0;
    *search->out = (struct object){begin, end, hash(info->dlpi_name), info->dlpi_subs};
    return 1;
}

static int note_unloads(struct dl_phdr_info *info, size_t size, void *data)
{
    uint64_t *unloads = data;

    (void)size;
    *unloads = info->dlpi_subs;
    return 1;
}

uint64_t object_unloads(void)
{
    uint64_t unloads = 0;

    dl_iterate_phdr(note_unloads, &unloads);
    return unloads;
}

bool object_find(uintptr_t address, struct object *out)
{
    struct search search = {.wanted = address, .out = out};

    memset(out, 0, sizeof *out);
    return dl_iterate_phdr(match, &search) == 1;
}
