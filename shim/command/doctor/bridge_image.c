/* Searches a file for the ELF image that has the bridge in it. */
#include "shim/command/doctor/bridge_image.h"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shim/boxlite/go_info.h"

/* Of a 64-bit image with the byte order of every processor that boxlite runs on. */
static const char magic[] = ELFMAG "\x02\x01\x01";
#define MAGIC_LENGTH 7U

#define FUNCTION "gvproxy_create"
/* Our own preload has that function as well, and this one. */
#define OWN_FUNCTION "boxlite_allownet_cancel"

/* The end of a table or section, relative to the image; SIZE_MAX where it wraps. */
static size_t end_of(uint64_t at, uint64_t size)
{
    return at > SIZE_MAX / 2 || size > SIZE_MAX / 2 ? SIZE_MAX : (size_t)(at + size);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Length of the image that begins at `bytes`, 0 if it is none or not whole within `left`. */
static size_t image_size(const unsigned char *bytes, size_t left)
{
    Elf64_Ehdr header;
    size_t end;

    if (left < sizeof(header) || memcmp(bytes, magic, MAGIC_LENGTH) != 0) {
        return 0;
    }
    memcpy(&header, bytes, sizeof(header));
    /* The magic alone is in many a constant. */
    if ((header.e_type != ET_EXEC && header.e_type != ET_DYN) || header.e_version != EV_CURRENT ||
        header.e_ehsize != sizeof(header) || header.e_phnum == 0 ||
        header.e_phentsize != sizeof(Elf64_Phdr) ||
        (header.e_shnum > 0 && header.e_shentsize != sizeof(Elf64_Shdr))) {
        return 0;
    }
    end = larger(end_of(header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr)),
                 end_of(header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr)));
    if (end > left) {
        return 0;
    }
    for (size_t i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr segment;

        memcpy(&segment, bytes + header.e_phoff + i * sizeof(segment), sizeof(segment));
        end = larger(end, end_of(segment.p_offset, segment.p_filesz));
    }
    for (size_t i = 0; i < header.e_shnum; i++) {
        Elf64_Shdr section;

        memcpy(&section, bytes + header.e_shoff + i * sizeof(section), sizeof(section));
        if (section.sh_type != SHT_NOBITS) {
            end = larger(end, end_of(section.sh_offset, section.sh_size));
        }
    }
    return end > left ? 0 : end;
}

enum presence { ABSENT, IMPORTED, DEFINED };

static enum presence find_in(Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    enum presence presence = ABSENT;
    GElf_Sym symbol;

    for (int i = 0; data != NULL && gelf_getsym(data, i, &symbol) != NULL; i++) {
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);

        if (name != NULL && strcmp(name, FUNCTION) == 0) {
            presence = symbol.st_shndx == SHN_UNDEF ? IMPORTED : DEFINED;
        }
        if (name != NULL && strcmp(name, OWN_FUNCTION) == 0 && symbol.st_shndx != SHN_UNDEF) {
            return ABSENT;
        }
    }
    return presence;
}

/* Whether the loader would find the function in this image, or look for it elsewhere. */
static enum presence find_dynamic(const void *bytes, size_t size)
{
    Elf *elf = elf_memory((char *)bytes, size);
    enum presence presence = ABSENT;
    Elf_Scn *section = NULL;
    GElf_Shdr header;

    while (elf != NULL && presence == ABSENT && (section = elf_nextscn(elf, section)) != NULL) {
        if (gelf_getshdr(section, &header) != NULL && header.sh_type == SHT_DYNSYM) {
            presence = find_in(elf, section, &header);
        }
    }
    elf_end(elf);
    return presence;
}

/* `alone`: nothing else is in there whose texts could be taken for the image's own. */
static bool take(struct bridge_image *out, const void *bytes, size_t size, bool alone)
{
    struct go_info info;
    enum presence presence;

    out->status = symbols_read_memory(bytes, size, &out->symbols);
    presence = find_dynamic(bytes, size);
    out->imports = out->imports || (presence == IMPORTED && out->status == SYMBOLS_DYNAMIC);
    if (presence == DEFINED) {
        out->linkage = FACTS_LINKAGE_SHARED;
    } else if (out->status == SYMBOLS_OK || out->status == SYMBOLS_NO_LOOKUPS) {
        out->linkage = FACTS_LINKAGE_STATIC;
    } else if (!alone || out->imports || !go_info_read(bytes, size, &info)) {
        return false;
    } else {
        out->linkage =
            out->status == SYMBOLS_DYNAMIC ? FACTS_LINKAGE_DYNAMIC : FACTS_LINKAGE_STATIC;
    }
    out->bytes = bytes;
    out->size = size;
    return true;
}

/* The image at `at` of the file. False if it has no bridge; *status says when memory is short. */
static bool take_embedded(struct bridge_image *out, const unsigned char *at, size_t size,
                          enum bridge_search *status)
{
    struct go_info info;
    void *copy;

    if (memmem(at, size, FUNCTION, strlen(FUNCTION)) == NULL && !go_info_read(at, size, &info)) {
        return false;
    }
    copy = malloc(size);
    if (copy == NULL) {
        *status = BRIDGE_NO_MEMORY;
        return false;
    }
    memcpy(copy, at, size);
    if (!take(out, copy, size, true)) {
        free(copy);
        return false;
    }
    out->copy = copy;
    out->embedded = true;
    return true;
}

static enum bridge_search search_inside(const unsigned char *bytes, size_t size,
                                        struct bridge_image *out)
{
    const unsigned char *const end = bytes + size;
    const unsigned char *at = bytes + 1;
    enum bridge_search status = BRIDGE_SEARCHED;

    while (status == BRIDGE_SEARCHED &&
           (at = memmem(at, (size_t)(end - at), magic, MAGIC_LENGTH)) != NULL) {
        const size_t length = image_size(at, (size_t)(end - at));

        if (length > 0 && take_embedded(out, at, length, &status)) {
            break;
        }
        at += length > 0 ? length : 1;
    }
    return status;
}

enum bridge_search bridge_image_find(const void *bytes, size_t size, struct bridge_image *out)
{
    enum bridge_search status;

    memset(out, 0, sizeof(*out));
    elf_version(EV_CURRENT);
    if (size < sizeof(Elf64_Ehdr) || memcmp(bytes, magic, MAGIC_LENGTH) != 0) {
        return BRIDGE_NO_ELF;
    }
    if (take(out, bytes, size, false)) {
        return BRIDGE_SEARCHED;
    }
    status = search_inside(bytes, size, out);
    if (status == BRIDGE_SEARCHED && out->bytes == NULL) {
        take(out, bytes, size, true);
    }
    return status;
}

void bridge_image_clear(struct bridge_image *image)
{
    free(image->copy);
    memset(image, 0, sizeof(*image));
}
