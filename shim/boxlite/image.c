/* An ELF file, mapped, and searched for what tells what it is. */
#include "shim/boxlite/image.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/descriptors.h"
#include "shim/boxlite/go_info.h"
#include "shim/boxlite/health_marks.h"
#include "shim/boxlite/release.h"

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

    return image->size >= sizeof(*header) && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_phentsize == sizeof(ElfW(Phdr)) &&
           is_inside(image, header->e_phoff, header->e_phnum * sizeof(ElfW(Phdr)));
}

static ElfW(Phdr) segment_at(const struct image *image, size_t index)
{
    const ElfW(Ehdr) *header = (const void *)image->bytes;
    ElfW(Phdr) segment;

    memcpy(&segment, image->bytes + header->e_phoff + index * sizeof(segment), sizeof(segment));
    return segment;
}

static bool has_interpreter(const struct image *image)
{
    const ElfW(Ehdr) *header = (const void *)image->bytes;

    for (size_t i = 0; i < header->e_phnum; i++) {
        if (segment_at(image, i).p_type == PT_INTERP) {
            return true;
        }
    }
    return false;
}

static bool holds(const struct image *image, const char *text)
{
    const ElfW(Ehdr) *header = (const void *)image->bytes;

    for (size_t i = 0; i < header->e_phnum; i++) {
        const ElfW(Phdr) segment = segment_at(image, i);

        if (segment.p_type == PT_LOAD && is_inside(image, segment.p_offset, segment.p_filesz) &&
            memmem(image->bytes + segment.p_offset, segment.p_filesz, text, strlen(text)) != NULL) {
            return true;
        }
    }
    return false;
}

static bool holds_newer_bridge(const struct image *image)
{
    static const char *const marks[] = {MARKS_UNAFFECTED};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (holds(image, marks[i])) {
            return true;
        }
    }
    return false;
}

/* What Go wrote down about the bridge. */
static enum image_health judge_build(const struct image *image)
{
    struct go_info info;
    const struct release *release;

    if (!go_info_read(image->bytes, image->size, &info)) {
        return IMAGE_HEALTH_UNKNOWN;
    }
    release = release_of_revision(info.revision, strlen(info.revision));
    if (release != NULL) {
        return release->affected ? IMAGE_HEALTH_AFFECTED : IMAGE_HEALTH_UNAFFECTED;
    }
    return holds(image, MARKS_RULES_KEY) ? IMAGE_HEALTH_UNKNOWN : IMAGE_HEALTH_UNAFFECTED;
}

/* The text of the affected code first: it is found at once in most starts that matter, and nothing
   outweighs it. */
static enum image_health judge_health(const struct image *image)
{
    enum image_health health;

    if (holds(image, MARKS_AFFECTED)) {
        return IMAGE_HEALTH_AFFECTED;
    }
    health = judge_build(image);
    if (health == IMAGE_HEALTH_UNKNOWN && holds_newer_bridge(image)) {
        health = IMAGE_HEALTH_UNAFFECTED;
    }
    return health;
}

static enum image_kind judge(const struct image *image)
{
    if (!is_elf(image)) {
        return IMAGE_FOREIGN;
    }
    if (has_interpreter(image)) {
        return IMAGE_DYNAMIC;
    }
    switch (judge_health(image)) {
    case IMAGE_HEALTH_UNKNOWN:
        break;
    case IMAGE_HEALTH_UNAFFECTED:
        return IMAGE_UNAFFECTED;
    case IMAGE_HEALTH_AFFECTED:
        return IMAGE_AFFECTED;
    }
    return IMAGE_UNKNOWN;
}

enum image_health image_judge(const void *bytes, size_t size)
{
    const struct image image = {.bytes = bytes, .size = size};

    return is_elf(&image) ? judge_health(&image) : IMAGE_HEALTH_UNKNOWN;
}

static enum image_kind judge_file(int file, struct image *image)
{
    void *bytes = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, file, 0);
    enum image_kind kind;

    if (bytes == MAP_FAILED) {
        return IMAGE_UNREADABLE;
    }
    image->bytes = bytes;
    kind = judge(image);
    munmap(bytes, image->size);
    return kind;
}

enum image_kind image_read(const char *path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    enum image_kind kind = IMAGE_UNREADABLE;
    struct stat status;
    struct image image;

    if (file < 0) {
        return IMAGE_UNREADABLE;
    }
    if (fstat(file, &status) == 0) {
        image.size = (size_t)status.st_size;
        kind = image.size == 0 ? IMAGE_FOREIGN : judge_file(file, &image);
    }
    descriptors_close_one(file);
    return kind;
}

void image_tell_unaffected(const struct log *log, const char *path)
{
    log_line(log, LOG_LEVEL_DEBUG,
             "allowNet: %s does not filter DNS any more; the repair does nothing and can be "
             "removed",
             path);
}
