#include "shim/preload/bridge.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "shim/arch/arch.h"

static const char marker[] = "allowNet: DNS sinkhole configured";

/*
 * The definition after ours in the global scope, as the linker would have bound it. A bridge that
 * came in by dlopen without RTLD_GLOBAL is not there: then the scope of the caller's own object.
 */
static void *find_original(const char *name, const void *caller)
{
    void *found = dlsym(RTLD_NEXT, name);
    Dl_info info;

    if (found == NULL && dladdr(caller, &info) != 0 && info.dli_fname != NULL) {
        void *object = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);

        if (object != NULL) {
            found = dlsym(object, name);
            dlclose(object);
        }
        dlerror(); /* the host shall not find our failures in its own dlerror */
    }
    return found;
}

static int note_range(struct dl_phdr_info *info, size_t size, void *data)
{
    struct bridge *bridge = data;
    const uintptr_t wanted = (uintptr_t)bridge->create;
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
    if (wanted < begin || wanted >= end)
        return 0;
    bridge->begin = begin;
    bridge->end = end;
    return 1;
}

/* Bytes of code behind the symbol at `address`; 0 if its size is not known. */
static size_t code_size(const void *address)
{
    Dl_info info;
    void *extra = NULL;
    const ElfW(Sym) * symbol;

    if (dladdr1(address, &info, &extra, RTLD_DL_SYMENT) == 0 || extra == NULL)
        return 0;
    symbol = extra;
    return symbol->st_size;
}

bool bridge_find(const void *caller, struct bridge *out)
{
    union {
        void *object;
        create_fn *function;
    } original = {.object = find_original("gvproxy_create", caller)};

    memset(out, 0, sizeof *out);
    if (original.object == NULL)
        return false;
    out->create = original.function;
    out->two_arguments = arch_wrapper_arguments(original.object, code_size(original.object)) == 2;
    dl_iterate_phdr(note_range, out);
    return true;
}

set_log_callback_fn *bridge_set_log_callback(const void *caller)
{
    union {
        void *object;
        set_log_callback_fn *function;
    } original = {.object = find_original("gvproxy_set_log_callback", caller)};

    return original.function;
}

struct marker_search {
    uintptr_t inside;
    bool found;
};

static int search_marker(struct dl_phdr_info *info, size_t size, void *data)
{
    struct marker_search *search = data;
    bool ours = false;

    (void)size;
    for (ElfW(Half) i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_LOAD)
            ours = ours || search->inside - (info->dlpi_addr + segment->p_vaddr) < segment->p_memsz;
    }
    if (!ours)
        return 0;
    for (ElfW(Half) i = 0; i < info->dlpi_phnum && !search->found; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        /* Constants only: what a running bridge writes down is no sign of what it can do. */
        if (segment->p_type == PT_LOAD && (segment->p_flags & (PF_R | PF_W)) == PF_R)
            search->found = memmem((const void *)(info->dlpi_addr + segment->p_vaddr),
                                   segment->p_filesz, marker, sizeof marker - 1) != NULL;
    }
    return 1;
}

bool bridge_is_affected(const struct bridge *bridge)
{
    /* The answer for one object: its address, and in the lowest bit whether it is affected. */
    static _Atomic uintptr_t remembered;
    const uintptr_t known = atomic_load(&remembered);
    struct marker_search search = {.inside = (uintptr_t)bridge->create};

    if ((known & ~(uintptr_t)1) == bridge->begin && known != 0)
        return (known & 1) != 0;
    dl_iterate_phdr(search_marker, &search);
    atomic_store(&remembered, bridge->begin | search.found);
    return search.found;
}
