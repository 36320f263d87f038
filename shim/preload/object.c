/* Asks the loader about an address. */
#include "shim/preload/object.h"

#include <string.h>

struct search {
    uintptr_t wanted;
    struct object *out;
};

/* FNV-1a. */
static uint64_t hash(const char *text)
{
    uint64_t value = 0xcbf29ce484222325U;

    for (; text != NULL && *text != '\0'; text++) {
        value = (value ^ (unsigned char)*text) * 0x100000001b3U;
    }
    return value;
}

static struct object object_of(const struct dl_phdr_info *info)
{
    struct object object = {
        .begin = UINTPTR_MAX, .name_hash = hash(info->dlpi_name), .unloads = info->dlpi_subs};

    for (ElfW(Half) i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        const uintptr_t first = info->dlpi_addr + segment->p_vaddr;

        if (segment->p_type != PT_LOAD) {
            continue;
        }
        object.begin = first < object.begin ? first : object.begin;
        object.end = first + segment->p_memsz > object.end ? first + segment->p_memsz : object.end;
    }
    return object;
}

static int match(struct dl_phdr_info *info, size_t size, void *data)
{
    const struct search *search = data;
    const struct object object = object_of(info);

    (void)size;
    if (search->wanted < object.begin || search->wanted >= object.end) {
        return 0;
    }
    *search->out = object;
    return 1;
}

struct image_search {
    const struct object *object;
    struct object_image *out;
};

static int match_image(struct dl_phdr_info *info, size_t size, void *data)
{
    const struct image_search *search = data;
    const struct object object = object_of(info);

    (void)size;
    if (object.begin != search->object->begin || object.name_hash != search->object->name_hash) {
        return 0;
    }
    *search->out = (struct object_image){.path = info->dlpi_name,
                                         .base = info->dlpi_addr,
                                         .segments = info->dlpi_phdr,
                                         .count = info->dlpi_phnum};
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

    memset(out, 0, sizeof(*out));
    return dl_iterate_phdr(match, &search) == 1;
}

bool object_image(const struct object *object, struct object_image *out)
{
    struct image_search search = {.object = object, .out = out};

    return dl_iterate_phdr(match_image, &search) == 1;
}

static bool is_inside(const struct object_image *image, const ElfW(Phdr) * segment,
                      uintptr_t address, size_t size)
{
    const uintptr_t offset = address - (image->base + segment->p_vaddr);

    return offset <= segment->p_memsz && size <= segment->p_memsz - offset;
}

static bool overlaps(const struct object_image *image, const ElfW(Phdr) * segment,
                     uintptr_t address, size_t size)
{
    const uintptr_t first = image->base + segment->p_vaddr;

    return address < first + segment->p_memsz && first < address + size;
}

bool object_image_holds(const struct object_image *image, uintptr_t address, size_t size,
                        ElfW(Word) flags)
{
    bool holds = false;

    for (size_t i = 0; i < image->count; i++) {
        const ElfW(Phdr) *segment = &image->segments[i];

        if (segment->p_type == PT_LOAD && (segment->p_flags & flags) == flags) {
            holds = holds || is_inside(image, segment, address, size);
        }
        if (segment->p_type == PT_GNU_RELRO && (flags & PF_W) != 0 &&
            overlaps(image, segment, address, size)) {
            return false;
        }
    }
    return holds;
}
