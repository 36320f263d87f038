/*
 * Goes through the symbol table of a shim, by libelf, and checks that its code is what is known.
 */
#include "shim/boxlite/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "shim/arch/arch.h"

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#endif

/* How far into lookupIPAddr its test of the host is looked for. */
#define PROLOGUE_SIZE 128

struct reader {
    Elf *elf;
    const unsigned char *image;
    size_t image_size;
    /* The symbol table has some 55000 entries and is walked at every start: straight from memory.
     */
    const Elf64_Sym *symbols;
    size_t count;
    const char *strings;
    size_t strings_size;
};

static bool find_strings(struct reader *reader, size_t index)
{
    Elf_Scn *section = elf_getscn(reader->elf, index);
    const Elf_Data *data = section == NULL ? NULL : elf_getdata(section, NULL);

    /* A section without bytes in the file (SHT_NOBITS) has a size all the same. */
    if (data == NULL || data->d_buf == NULL || data->d_size == 0) {
        return false;
    }
    reader->strings = data->d_buf;
    reader->strings_size = data->d_size;
    return reader->strings[data->d_size - 1] == '\0';
}

static bool find_table(struct reader *reader)
{
    Elf_Scn *section = NULL;

    while ((section = elf_nextscn(reader->elf, section)) != NULL) {
        const Elf_Data *data;
        GElf_Shdr header;

        if (gelf_getshdr(section, &header) == NULL || header.sh_type != SHT_SYMTAB) {
            continue;
        }
        data = elf_getdata(section, NULL);
        if (data == NULL) {
            return false;
        }
        reader->symbols = data->d_buf;
        reader->count = data->d_size / sizeof(*reader->symbols);
        return find_strings(reader, header.sh_link);
    }
    return false;
}

/* The name of a symbol that is a function with an address; else "". */
static const char *function_name(const struct reader *reader, const Elf64_Sym *symbol)
{
    if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF ||
        symbol->st_name >= reader->strings_size) {
        return "";
    }
    return reader->strings + symbol->st_name;
}

/* The file's bytes behind `size` bytes of code at `address`; NULL if it has none there. */
static const unsigned char *code_at(const struct reader *reader, uint64_t address, size_t size)
{
    size_t count;

    if (elf_getphdrnum(reader->elf, &count) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr segment;
        uint64_t offset;

        if (gelf_getphdr(reader->elf, (int)i, &segment) == NULL || segment.p_type != PT_LOAD ||
            address < segment.p_vaddr || address - segment.p_vaddr > segment.p_filesz ||
            size > segment.p_filesz - (address - segment.p_vaddr)) {
            continue;
        }
        offset = segment.p_offset + (address - segment.p_vaddr);
        if (offset <= reader->image_size && size <= reader->image_size - offset) {
            return reader->image + offset;
        }
    }
    return NULL;
}

enum wanted {
    WANTED_CREATE,
    WANTED_SET_LOG_CALLBACK,
    WANTED_START_MACHINE,
    WANTED_LOOKUP,
    WANTED_MALLOC,
    WANTED_FREE,
    WANTED_SIGALTSTACK,
    WANTED_WAITPID,
    WANTED_RESTORER,
    WANTED_COUNT
};

static const char *const wanted_names[WANTED_COUNT] = {
    [WANTED_CREATE] = "gvproxy_create",
    [WANTED_SET_LOG_CALLBACK] = "gvproxy_set_log_callback",
    [WANTED_START_MACHINE] = "krun_start_enter",
    [WANTED_LOOKUP] = "net.(*Resolver).lookupIPAddr",
    [WANTED_MALLOC] = "malloc",
    [WANTED_FREE] = "free",
    [WANTED_SIGALTSTACK] = "sigaltstack",
    [WANTED_WAITPID] = "waitpid",
    [WANTED_RESTORER] = "__restore_rt",
};

/* A global definition is the one that calls reach; a static one may be anybody's. */
static void note_function(const Elf64_Sym *symbol, const char *name,
                          const Elf64_Sym *found[WANTED_COUNT])
{
    for (size_t i = 0; i < WANTED_COUNT; i++) {
        /* The first letter decides nearly always. */
        if (name[0] != wanted_names[i][0] || strcmp(name, wanted_names[i]) != 0) {
            continue;
        }
        if (found[i] == NULL || ELF64_ST_BIND(found[i]->st_info) == STB_LOCAL) {
            found[i] = symbol;
        }
    }
}

static void find_functions(const struct reader *reader, const Elf64_Sym *found[WANTED_COUNT])
{
    for (size_t i = 1; i < reader->count; i++) {
        note_function(&reader->symbols[i], function_name(reader, &reader->symbols[i]), found);
    }
}

static void find_calls_in(const struct reader *reader, const Elf64_Sym *function,
                          struct symbols *out)
{
    const uint64_t address = function->st_value;
    const size_t size = function->st_size;
    const unsigned char *code = code_at(reader, address, size);

    for (size_t at = 0; code != NULL && at < size; at += arch_code_step) {
        at += arch_find_call(code + at, size - at, address + at, out->lookup);
        if (at < size && out->lookup_call_count < SYMBOLS_LOOKUPS_MAX) {
            out->lookup_calls[out->lookup_call_count] = address + at;
        }
        out->lookup_call_count += at < size;
    }
}

static bool knows_lookups(const struct reader *reader, const Elf64_Sym *lookup, struct symbols *out)
{
    const size_t size =
        lookup != NULL && lookup->st_size < PROLOGUE_SIZE ? lookup->st_size : PROLOGUE_SIZE;
    const unsigned char *code = lookup == NULL ? NULL : code_at(reader, lookup->st_value, size);

    if (code == NULL || !arch_tests_host(code, size)) {
        return false;
    }
    out->lookup = lookup->st_value;
    for (size_t i = 1; i < reader->count; i++) {
        if (strncmp(function_name(reader, &reader->symbols[i]), "main.", 5) == 0) {
            find_calls_in(reader, &reader->symbols[i], out);
        }
    }
    /* One too many to be answered is as bad as none. */
    if (out->lookup_call_count > SYMBOLS_LOOKUPS_MAX) {
        out->lookup_call_count = 0;
    }
    return out->lookup_call_count > 0;
}

static uint64_t address_of(const Elf64_Sym *symbol)
{
    return symbol == NULL ? 0 : symbol->st_value;
}

static enum symbols_status fill(const struct reader *reader, struct symbols *out)
{
    const Elf64_Sym *found[WANTED_COUNT] = {0};
    const Elf64_Sym *create;
    const unsigned char *code = NULL;

    find_functions(reader, found);
    create = found[WANTED_CREATE];
    out->create = address_of(create);
    out->set_log_callback = address_of(found[WANTED_SET_LOG_CALLBACK]);
    out->start_machine = address_of(found[WANTED_START_MACHINE]);
    out->malloc = address_of(found[WANTED_MALLOC]);
    out->free = address_of(found[WANTED_FREE]);
    out->sigaltstack = address_of(found[WANTED_SIGALTSTACK]);
    out->waitpid = address_of(found[WANTED_WAITPID]);
    out->restorer = address_of(found[WANTED_RESTORER]);

    if (create != NULL && create->st_size >= sizeof(out->evidence)) {
        code = code_at(reader, create->st_value, create->st_size);
    }
    if (code != NULL) {
        out->create_arguments = arch_wrapper_arguments(code, create->st_size);
    }
    if (code == NULL || out->malloc == 0 || out->free == 0) {
        return SYMBOLS_NO_BRIDGE;
    }
    memcpy(out->evidence, code, sizeof(out->evidence));
    return knows_lookups(reader, found[WANTED_LOOKUP], out) ? SYMBOLS_OK : SYMBOLS_NO_LOOKUPS;
}

static bool is_dynamic(Elf *elf)
{
    size_t count;

    if (elf_getphdrnum(elf, &count) != 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr segment;

        if (gelf_getphdr(elf, (int)i, &segment) != NULL && segment.p_type == PT_INTERP) {
            return true;
        }
    }
    return false;
}

static enum symbols_status read_elf(Elf *elf, struct symbols *out)
{
    struct reader reader = {.elf = elf};
    GElf_Ehdr header;

    if (elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &header) == NULL ||
        gelf_getclass(elf) != ELFCLASS64 || header.e_machine != MACHINE) {
        return SYMBOLS_FOREIGN;
    }
    if (is_dynamic(elf)) {
        return SYMBOLS_DYNAMIC;
    }
    reader.image = (const unsigned char *)elf_rawfile(elf, &reader.image_size);
    if (reader.image == NULL) {
        return SYMBOLS_FOREIGN;
    }
    if (!find_table(&reader)) {
        return SYMBOLS_STRIPPED;
    }
    out->entry = header.e_entry;
    return fill(&reader, out);
}

enum symbols_status symbols_read_memory(const void *bytes, size_t size, struct symbols *out)
{
    enum symbols_status status = SYMBOLS_FOREIGN;
    Elf *elf;

    memset(out, 0, sizeof(*out));
    elf_version(EV_CURRENT);
    elf = elf_memory((char *)bytes, size);
    if (elf != NULL) {
        status = read_elf(elf, out);
    }
    elf_end(elf);
    return status;
}

enum symbols_status symbols_read(const char *path, struct symbols *out)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    enum symbols_status status = SYMBOLS_UNREADABLE;
    Elf *elf;

    memset(out, 0, sizeof(*out));
    if (file < 0) {
        return status;
    }
    elf_version(EV_CURRENT);
    elf = elf_begin(file, ELF_C_READ_MMAP, NULL);
    if (elf != NULL) {
        status = read_elf(elf, out);
        elf_end(elf);
    } else {
        errno = EIO;
    }
    close(file);
    return status;
}
