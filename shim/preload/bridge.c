#include "shim/preload/bridge.h"

#include <dlfcn.h>
#include <limits.h>
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
    (void)object_find((uintptr_t)out->create, &out->object);
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

/*
 * Horspool's search, by hand: in a process with AddressSanitizer memmem(3) is its own, and would
 * find the gaps that it has put between the constants, and end the host.
 */
__attribute__((no_sanitize_address)) static bool holds_marker(const unsigned char *bytes,
                                                              size_t size)
{
    enum { LENGTH = sizeof marker - 1 };
    unsigned char skip[UCHAR_MAX + 1];
    size_t at = 0;

    for (size_t i = 0; i < sizeof skip; i++)
        skip[i] = LENGTH;
    for (size_t i = 0; i + 1 < LENGTH; i++)
        skip[(unsigned char)marker[i]] = (unsigned char)(LENGTH - 1 - i);
    while (at + LENGTH <= size) {
        size_t matched = LENGTH;

        while (matched > 0 && bytes[at + matched - 1] == (unsigned char)marker[matched - 1])
            matched--;
        if (matched == 0)
            return true;
        at += skip[bytes[at + LENGTH - 1]];
    }
    return false;
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
            search->found =
                holds_marker((const void *)(info->dlpi_addr + segment->p_vaddr), segment->p_filesz);
    }
    return 1;
}

bool bridge_is_affected(const struct bridge *bridge)
{
    /* The answer for one object: its address, and in the lowest bit whether it is affected. It
       holds as long as nothing is unloaded: another bridge may come to lie at that address. */
    static _Atomic uintptr_t remembered;
    static _Atomic uint64_t remembered_unloads;
    const uintptr_t known = atomic_load(&remembered);
    const uint64_t unloads = atomic_load(&remembered_unloads);
    struct marker_search search = {.inside = (uintptr_t)bridge->create};

    /* Read twice, so that the count belongs to the answer. */
    if (known != 0 && (known & ~(uintptr_t)1) == bridge->object.begin &&
        unloads == bridge->object.unloads && atomic_load(&remembered) == known)
        return (known & 1) != 0;
    dl_iterate_phdr(search_marker, &search);
    atomic_store(&remembered, 0);
    atomic_store(&remembered_unloads, bridge->object.unloads);
    atomic_store(&remembered, bridge->object.begin | search.found);
    return search.found;
}
