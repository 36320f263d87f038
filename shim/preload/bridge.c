/* Finds the bridge that a caller means, and tells what kind it is. */
#include "shim/preload/bridge.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "shim/arch/arch.h"
#include "shim/boxlite/health_marks.h"

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

    if (dladdr1(address, &info, &extra, RTLD_DL_SYMENT) == 0 || extra == NULL) {
        return 0;
    }
    symbol = extra;
    return symbol->st_size;
}

bool bridge_find(const void *caller, struct bridge *out)
{
    union {
        void *object;
        create_fn *function;
    } original = {.object = find_original("gvproxy_create", caller)};

    memset(out, 0, sizeof(*out));
    if (original.object == NULL) {
        return false;
    }
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
__attribute__((no_sanitize_address)) static bool holds(const unsigned char *bytes, size_t size,
                                                       const char *text)
{
    const size_t length = strlen(text);
    size_t skip[UCHAR_MAX + 1];
    size_t at = 0;

    for (size_t i = 0; i <= UCHAR_MAX; i++) {
        skip[i] = length;
    }
    for (size_t i = 0; i + 1 < length; i++) {
        skip[(unsigned char)text[i]] = length - 1 - i;
    }
    while (at + length <= size) {
        size_t matched = length;

        while (matched > 0 && bytes[at + matched - 1] == (unsigned char)text[matched - 1]) {
            matched--;
        }
        if (matched == 0) {
            return true;
        }
        at += skip[bytes[at + length - 1]];
    }
    return false;
}

/* What of an object is searched. What a running bridge writes down is no sign of what it can do;
   but Go's type data, which has the keys of the configuration, is relocated, hence writable. */
enum part { PART_CONSTANTS, PART_ALL };

/* Backwards: GNU ld, which links the bridges, lays constants behind the code, and there is most of
   it. */
static bool image_holds(const struct object_image *image, enum part part, const char *text)
{
    for (size_t i = image->count; i-- > 0;) {
        const ElfW(Phdr) *segment = &image->segments[i];
        const bool searched = part == PART_ALL ? (segment->p_flags & PF_R) != 0
                                               : (segment->p_flags & (PF_R | PF_W)) == PF_R;

        if (segment->p_type == PT_LOAD && searched &&
            holds((const void *)(image->base + segment->p_vaddr), segment->p_filesz, text)) {
            return true;
        }
    }
    return false;
}

/* As image_judge, of what is loaded. */
static enum image_health judge(const struct object_image *image)
{
    static const char *const marks[] = {MARKS_UNAFFECTED};

    if (image_holds(image, PART_CONSTANTS, MARKS_AFFECTED)) {
        return IMAGE_HEALTH_AFFECTED;
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (image_holds(image, PART_ALL, marks[i])) {
            return IMAGE_HEALTH_UNAFFECTED;
        }
    }
    return image_holds(image, PART_ALL, MARKS_RULES_KEY) ? IMAGE_HEALTH_UNKNOWN
                                                         : IMAGE_HEALTH_UNAFFECTED;
}

enum image_health bridge_health(const struct bridge *bridge)
{
    /* The answer for one object: its address, and in the lowest bits its health. It holds as long
       as nothing is unloaded: another bridge may come to lie at that address. */
    static const uintptr_t health_bits = 3;
    static _Atomic uintptr_t remembered;
    static _Atomic uint64_t remembered_unloads;
    const uintptr_t known = atomic_load(&remembered);
    const uint64_t unloads = atomic_load(&remembered_unloads);
    struct object_image image;
    enum image_health health;

    /* Read twice, so that the count belongs to the answer. */
    if (known != 0 && (known & ~health_bits) == bridge->object.begin &&
        unloads == bridge->object.unloads && atomic_load(&remembered) == known) {
        return (enum image_health)(known & health_bits);
    }
    health = object_image(&bridge->object, &image) ? judge(&image) : IMAGE_HEALTH_UNKNOWN;
    atomic_store(&remembered, 0);
    atomic_store(&remembered_unloads, bridge->object.unloads);
    atomic_store(&remembered, bridge->object.begin | (uintptr_t)health);
    return health;
}
