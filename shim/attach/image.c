#include "shim/attach/image.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A log text of the code that sinkholes: in every affected release and in none after it. */
static const char marker[] = "allowNet: DNS sinkhole configured";

struct image {
    const char *bytes;
    size_t size;
};

static bool is_inside(const struct image *image, ElfW(Off) at, size_t size)
{
    return at <= image->size && size <= image->size - at;
}

static bool is_elf(const struct image *image)
{
    const ElfW(Ehdr) *header = (const void *)image->bytes;

    return image->size >= sizeof *header && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_phentsize == sizeof(ElfW(Phdr)) &&
           is_inside(image, header->e_phoff, header->e_phnum * sizeof(ElfW(Phdr)));
}

static enum image_kind judge(const struct image *image)
{
    const ElfW(Ehdr) *header = (const void *)image->bytes;
    enum image_kind kind = IMAGE_UNAFFECTED;

    if (!is_elf(image))
        return IMAGE_FOREIGN;
    for (size_t i = 0; i < header->e_phnum; i++) {
        ElfW(Phdr) segment;

        memcpy(&segment, image->bytes + header->e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type == PT_INTERP)
            return IMAGE_DYNAMIC;
        if (segment.p_type == PT_LOAD && kind == IMAGE_UNAFFECTED &&
            is_inside(image, segment.p_offset, segment.p_filesz) &&
            memmem(image->bytes + segment.p_offset, segment.p_filesz, marker, strlen(marker)) !=
                NULL)
            kind = IMAGE_AFFECTED;
    }
    return kind;
}

enum image_kind image_read(const char *path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    enum image_kind kind = IMAGE_UNREADABLE;
    struct stat status;
    struct image image;
    void *bytes;
    int error = 0;

    if (file < 0)
        return IMAGE_UNREADABLE;
    if (fstat(file, &status) != 0) {
        error = errno;
    } else if (status.st_size == 0) {
        kind = IMAGE_FOREIGN;
    } else {
        image.size = (size_t)status.st_size;
        bytes = mmap(NULL, image.size, PROT_READ, MAP_PRIVATE, file, 0);
        error = errno;
        if (bytes != MAP_FAILED) {
            image.bytes = bytes;
            kind = judge(&image);
            munmap(bytes, image.size);
        }
    }
    close(file);
    errno = error;
    return kind;
}

void image_tell_unaffected(const struct log *log, const char *path)
{
    log_line(log, LOG_LEVEL_DEBUG,
             "allowNet: %s does not filter DNS any more; the repair does nothing and can be "
             "removed",
             path);
}
