/*
 * Reads the symbol table of an ELF file, a piece at a time: see symbol_table.h.
 */
#include "shim/preload/symbol_table.h"

#include <elf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/whole_file.h"

/* Of symbols, 24 KiB: on the heap, since a create may have a stack of 32. */
#define PIECE 1024U

/* Names that are looked for have to be shorter. */
#define NAME_MAX_SIZE 32U

struct elf_file {
    int file;
    uint64_t size;
};

/* False if [at, at + length) is not in the file, or cannot be read. */
static bool read_at(const struct elf_file *elf, uint64_t at, void *out, size_t length)
{
    return at <= elf->size && length <= elf->size - at &&
           whole_file_read_at(elf->file, out, length, (off_t)at) == 0;
}

static bool is_elf64(const Elf64_Ehdr *header)
{
    static const uint16_t probe = 1;
    const unsigned char order = *(const unsigned char *)&probe == 1 ? ELFDATA2LSB : ELFDATA2MSB;

    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == order &&
           header->e_shentsize == sizeof(Elf64_Shdr);
}

static bool read_section(const struct elf_file *elf, const Elf64_Ehdr *header, uint64_t index,
                         Elf64_Shdr *out)
{
    return index < header->e_shnum && header->e_shoff <= elf->size &&
           read_at(elf, header->e_shoff + index * sizeof(*out), out, sizeof(*out));
}

static enum symbol_table_status find_table(const struct elf_file *elf, const Elf64_Ehdr *header,
                                           Elf64_Shdr *symbols, Elf64_Shdr *names)
{
    for (uint64_t i = 0; i < header->e_shnum; i++) {
        if (!read_section(elf, header, i, symbols)) {
            return SYMBOL_TABLE_UNREADABLE;
        }
        if (symbols->sh_type != SHT_SYMTAB) {
            continue;
        }
        if (symbols->sh_entsize != sizeof(Elf64_Sym) ||
            !read_section(elf, header, symbols->sh_link, names) || names->sh_type != SHT_STRTAB) {
            return SYMBOL_TABLE_UNREADABLE;
        }
        return SYMBOL_TABLE_READ;
    }
    return SYMBOL_TABLE_NONE;
}

/* Whether `name` stands at `offset` of the names, its NUL included. */
static bool is_named(const struct elf_file *elf, const Elf64_Shdr *names, uint64_t offset,
                     const char *name)
{
    char found[NAME_MAX_SIZE];
    const size_t size = strlen(name) + 1;

    return size <= sizeof(found) && names->sh_offset <= elf->size && offset <= names->sh_size &&
           size <= names->sh_size - offset &&
           read_at(elf, names->sh_offset + offset, found, size) && memcmp(found, name, size) == 0;
}

/* Returns how many of them it is. */
static size_t take(const struct elf_file *elf, const Elf64_Shdr *names, const Elf64_Sym *symbol,
                   struct symbol *wanted, size_t count)
{
    if (ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT || symbol->st_shndx == SHN_UNDEF) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (wanted[i].address == 0 && symbol->st_value != 0 && symbol->st_size == wanted[i].size &&
            is_named(elf, names, symbol->st_name, wanted[i].name)) {
            wanted[i].address = symbol->st_value;
            return 1;
        }
    }
    return 0;
}

static enum symbol_table_status search(const struct elf_file *elf, const Elf64_Shdr *symbols,
                                       const Elf64_Shdr *names, struct symbol *wanted, size_t count)
{
    Elf64_Sym *const piece = malloc(PIECE * sizeof(*piece));
    const uint64_t total = symbols->sh_size / sizeof(*piece);
    enum symbol_table_status status = SYMBOL_TABLE_READ;
    size_t left = count;

    if (piece == NULL) {
        return SYMBOL_TABLE_NO_MEMORY;
    }
    for (uint64_t at = 0; at < total && left > 0; at += PIECE) {
        const size_t length = total - at < PIECE ? (size_t)(total - at) : PIECE;

        if (symbols->sh_offset > elf->size ||
            !read_at(elf, symbols->sh_offset + at * sizeof(*piece), piece,
                     length * sizeof(*piece))) {
            status = SYMBOL_TABLE_UNREADABLE;
            break;
        }
        for (size_t i = 0; i < length && left > 0; i++) {
            left -= take(elf, names, &piece[i], wanted, count);
        }
    }
    free(piece);
    return status;
}

enum symbol_table_status symbol_table_find(int file, struct symbol *wanted, size_t count)
{
    struct elf_file elf = {.file = file};
    enum symbol_table_status status;
    struct stat about;
    Elf64_Ehdr header;
    Elf64_Shdr symbols;
    Elf64_Shdr names;

    for (size_t i = 0; i < count; i++) {
        wanted[i].address = 0;
    }
    if (fstat(file, &about) != 0) {
        return SYMBOL_TABLE_UNREADABLE;
    }
    elf.size = about.st_size > 0 ? (uint64_t)about.st_size : 0;
    if (!read_at(&elf, 0, &header, sizeof(header))) {
        return SYMBOL_TABLE_UNREADABLE;
    }
    if (!is_elf64(&header)) {
        return SYMBOL_TABLE_NONE;
    }
    status = find_table(&elf, &header, &symbols, &names);
    return status == SYMBOL_TABLE_READ ? search(&elf, &symbols, &names, wanted, count) : status;
}
