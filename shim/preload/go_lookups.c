/*
 * Finds and sets the variable of Go's package net that chooses the resolver: see go_lookups.h.
 *
 * Other threads of the bridge read it meanwhile, for the guests of boxes that run already. They
 * read a byte at a time and without a lock, so either choice is a right one at any moment: a lookup
 * that begins while a create is in flight goes through libc, and from our getaddrinfo to the
 * original.
 */
#include "shim/preload/go_lookups.h"

#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/preload/symbol_table.h"

/*
 * net/conf.go: `var confOnce sync.Once` guards the making of what `var confVal *conf` points to. As
 * Go lays them out on every 64-bit processor; with the race detector as well.
 */
struct go_once {                 /* sync/once.go */
    _Atomic uint32_t done;       /* atomic.Uint32, from Go 1.25 on atomic.Bool, which is the same */
    _Atomic int32_t mutex_state; /* sync.Mutex: 0 while nobody holds it or waits for it */
    uint32_t mutex_semaphore;
};

struct go_conf {
    union {
        struct {
            bool net_go;
            bool net_cgo;
        };
        _Atomic uint16_t choice;
    };
    int64_t dns_debug_level;
    bool prefer_cgo;
    const char *goos;
    int64_t goos_length;
    int64_t mdns_test;
};

_Static_assert(sizeof(struct go_once) == 12, "sync.Once");
_Static_assert(sizeof(bool) == 1 && offsetof(struct go_conf, net_cgo) == 1, "conf.netCgo");
_Static_assert(offsetof(struct go_conf, goos) == 24 && sizeof(struct go_conf) == 48, "conf.goos");

static const char goos[] = "linux";

/* netGo false, netCgo true: hostLookupOrder then answers "libc" before it looks at anything else.
 */
static uint16_t libc_chosen(void)
{
    static const bool bytes[2] = {false, true};
    uint16_t choice;

    memcpy(&choice, bytes, sizeof(choice));
    return choice;
}

struct go_lookups {
    struct object object;
    bool known;
    bool told; /* why it is left alone has been said, or is nothing that anybody misses */
    struct go_once *once;
    struct go_conf *conf;

    size_t in_flight;
    bool was_made;   /* confVal had been made when the first create in flight began */
    uint16_t choice; /* and said this */

    struct go_lookups *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct go_lookups *first; /* under the lock */

/* A child has only the thread that forked, and Go's runtime does not survive that: there is nothing
   to be set back. */
static void forget_in_child(void)
{
    pthread_mutex_init(&lock, NULL);
    first = NULL;
}

void go_lookups_start(void)
{
    pthread_atfork(NULL, NULL, forget_in_child);
}

/* ---- is it that file? ---- */

static bool reads_the_same(int file, const void *memory, size_t size, uint64_t offset)
{
    const char *bytes = memory;
    char piece[256];

    while (size > 0) {
        const size_t length = size < sizeof(piece) ? size : sizeof(piece);

        if (pread(file, piece, length, (off_t)offset) != (ssize_t)length ||
            memcmp(piece, bytes, length) != 0) {
            return false;
        }
        bytes += length;
        offset += length;
        size -= length;
    }
    return true;
}

/*
 * A path may lead to another file by now, after an upgrade or a chdir. The one that was loaded has
 * the same segments, and in its notes the same build ids, which say what the rest of it is.
 */
static bool is_loaded_from(const struct object_image *image, int file)
{
    Elf64_Ehdr header;

    if (pread(file, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phnum != image->count ||
        header.e_phentsize != sizeof(*image->segments) ||
        !reads_the_same(file, image->segments, image->count * sizeof(*image->segments),
                        header.e_phoff)) {
        return false;
    }
    for (size_t i = 0; i < image->count; i++) {
        const ElfW(Phdr) *segment = &image->segments[i];
        const uintptr_t address = image->base + segment->p_vaddr;

        if (segment->p_type == PT_NOTE &&
            (!object_image_holds(image, address, segment->p_filesz, PF_R) ||
             !reads_the_same(file, (const void *)address, segment->p_filesz, segment->p_offset))) {
            return false;
        }
    }
    return true;
}

/* The object's file, or -1. */
static int open_image(const struct object_image *image)
{
    const int file = open(image->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat about;

    if (file >= 0 && (fstat(file, &about) != 0 || !S_ISREG(about.st_mode))) {
        close(file);
        return -1;
    }
    return file;
}

/* Go's linker leaves its build id as a note of this owner and type (cmd/link/internal/ld/elf.go,
   ELF_NOTE_GOBUILDID_TAG); one that was told to leave it out goes for another compiler's. */
static bool is_go(const struct object_image *image)
{
    static const Elf64_Nhdr wanted = {.n_namesz = 4, .n_type = 4};
    static const char owner[4] = "Go";

    for (size_t i = 0; i < image->count; i++) {
        const ElfW(Phdr) *segment = &image->segments[i];
        const char *const notes = (const char *)(image->base + segment->p_vaddr);

        if (segment->p_type != PT_NOTE ||
            !object_image_holds(image, (uintptr_t)notes, segment->p_filesz, PF_R)) {
            continue;
        }
        for (size_t at = 0; at + sizeof(wanted) + sizeof(owner) <= segment->p_filesz; at += 4) {
            Elf64_Nhdr note;

            memcpy(&note, notes + at, sizeof(note));
            if (note.n_namesz == wanted.n_namesz && note.n_type == wanted.n_type &&
                memcmp(notes + at + sizeof(note), owner, sizeof(owner)) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* ---- are these the variables? ---- */

static bool is_boolean(bool *variable)
{
    const unsigned char *byte = (const void *)variable;

    return *byte <= 1;
}

/* That its last strings says "linux" proves the layout: no other one has that there. */
static bool is_conf(const struct object_image *image, struct go_conf *conf)
{
    return (uintptr_t)conf % _Alignof(struct go_conf) == 0 &&
           object_image_holds(image, (uintptr_t)conf, sizeof(*conf), PF_R | PF_W) &&
           conf->goos_length == (int64_t)sizeof(goos) - 1 &&
           object_image_holds(image, (uintptr_t)conf->goos, sizeof(goos) - 1, PF_R) &&
           memcmp(conf->goos, goos, sizeof(goos) - 1) == 0 && is_boolean(&conf->net_go) &&
           is_boolean(&conf->net_cgo) && is_boolean(&conf->prefer_cgo) && conf->mdns_test == 0;
}

static bool is_once(const struct object_image *image, struct go_once *once)
{
    return (uintptr_t)once % _Alignof(struct go_once) == 0 &&
           object_image_holds(image, (uintptr_t)once, sizeof(*once), PF_R | PF_W) &&
           atomic_load(&once->done) <= 1;
}

/* confVal points to a variable that the compiler has made, and Go's package net never changes that:
   one that points elsewhere is another confVal. */
static const char *take_variables(struct go_lookups *lookups, const struct object_image *image,
                                  uint64_t once, uint64_t conf_pointer)
{
    struct go_conf *const *const pointer = (const void *)(image->base + conf_pointer);

    lookups->once = (void *)(image->base + once);
    if (!is_once(image, lookups->once) || (uintptr_t)pointer % _Alignof(struct go_conf *) != 0 ||
        !object_image_holds(image, (uintptr_t)pointer, sizeof(*pointer), PF_R)) {
        return "its Go version is not known";
    }
    lookups->conf = *pointer;
    return is_conf(image, lookups->conf) ? NULL : "its Go version is not known";
}

static const char *find_variables(struct go_lookups *lookups, const struct object_image *image,
                                  int file)
{
    struct symbol wanted[] = {
        {.name = "net.confOnce", .size = sizeof(struct go_once)},
        {.name = "net.confVal", .size = sizeof(struct go_conf *)},
    };

    switch (symbol_table_find(file, wanted, sizeof(wanted) / sizeof(wanted[0]))) {
    case SYMBOL_TABLE_READ:
        break;
    case SYMBOL_TABLE_NONE:
        return "it has no symbols (stripped)";
    case SYMBOL_TABLE_UNREADABLE:
        return "its file cannot be read";
    case SYMBOL_TABLE_NO_MEMORY:
        return "out of memory";
    }
    if (wanted[0].address == 0 || wanted[1].address == 0) {
        return "its Go version is not known";
    }
    return take_variables(lookups, image, wanted[0].address, wanted[1].address);
}

static const char *read_object(struct go_lookups *lookups)
{
    struct object_image image;
    const char *fault;
    int file;

    if (!object_image(&lookups->object, &image)) {
        return "it lies in no file";
    }
    lookups->told = lookups->told || !is_go(&image);
    file = open_image(&image);
    if (file < 0) {
        return "its file cannot be read";
    }
    fault = is_loaded_from(&image, file) ? find_variables(lookups, &image, file)
                                         : "its file has been replaced since it was loaded";
    close(file);
    return fault;
}

/* ---- the choice ---- */

/*
 * Go's fast path loads `done` and then reads confVal; its slow one takes the mutex and looks at
 * `done` again. With `done` set before the mutex is looked at, whoever makes confVal now has the
 * mutex, and nobody begins to. It takes a few microseconds; a thread that is not let run for longer
 * than we wait makes confVal under our hands, and the bridge asks the network as if we were not
 * there.
 */
static void divert(struct go_lookups *lookups)
{
    lookups->was_made = atomic_exchange(&lookups->once->done, 1) != 0;
    for (int i = 0; i < 10000 && !lookups->was_made; i++) {
        if (atomic_load(&lookups->once->mutex_state) == 0) {
            break;
        }
        sched_yield();
    }
    lookups->choice = atomic_exchange(&lookups->conf->choice, libc_chosen());
}

/* A confVal that had not been made is made by the next lookup, which sets the choice in any case.
   Were it set back here, a lookup could see it that has passed by `done` and not yet read the rest.
 */
static void restore(struct go_lookups *lookups)
{
    if (lookups->was_made) {
        atomic_store(&lookups->conf->choice, lookups->choice);
    } else {
        atomic_store(&lookups->once->done, 0);
    }
}

static struct go_lookups *find_locked(const struct object *object)
{
    struct go_lookups *found = first;

    while (found != NULL &&
           (found->object.begin != object->begin || found->object.name_hash != object->name_hash)) {
        found = found->next;
    }
    return found;
}

/* What is known of the object; NULL when memory is short. While creates are in flight in it nothing
   can have taken its place; else whatever has been unloaded since may have been it. */
static struct go_lookups *take_locked(const struct object *object)
{
    struct go_lookups *lookups = find_locked(object);

    if (lookups == NULL) {
        lookups = calloc(1, sizeof(*lookups));
        if (lookups == NULL) {
            return NULL;
        }
        lookups->object = *object;
        lookups->next = first;
        first = lookups;
    }
    if (lookups->in_flight == 0 && lookups->object.unloads != object->unloads) {
        lookups->known = false;
        lookups->object = *object;
    }
    return lookups;
}

struct go_lookups *go_lookups_divert(const struct object *object, const char **fault)
{
    struct go_lookups *lookups;

    pthread_mutex_lock(&lock);
    lookups = take_locked(object);
    *fault = lookups == NULL ? "out of memory" : lookups->known ? NULL : read_object(lookups);
    if (*fault == NULL) {
        lookups->known = true;
        if (lookups->in_flight++ == 0) {
            divert(lookups);
        }
    } else if (lookups != NULL) {
        *fault = lookups->told ? NULL : *fault;
        lookups->told = true;
        lookups = NULL;
    }
    pthread_mutex_unlock(&lock);
    return lookups;
}

void go_lookups_restore(struct go_lookups *lookups)
{
    if (lookups == NULL) {
        return;
    }
    pthread_mutex_lock(&lock);
    if (--lookups->in_flight == 0) {
        restore(lookups);
    }
    pthread_mutex_unlock(&lock);
}
