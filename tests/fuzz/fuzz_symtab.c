/*
 * A file that is said to be a bridge's: a variable that is found stands in it, and none is missed
 * that libelf finds in its symbol table.
 */
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "shim/preload/symbol_table.h"
#include "tests/fuzz/fuzz.h"

enum { WANTED = 2 };

static const struct symbol template[WANTED] = {
    {.name = "net.confOnce", .size = 12},
    {.name = "net.confVal", .size = 8},
};

/* Whether the table of this section has the symbol. */
static bool has(Elf *elf, Elf_Scn *section, const struct symbol *symbol)
{
    Elf_Data *const data = elf_getdata(section, NULL);
    GElf_Shdr header;
    GElf_Sym entry;

    if (data == NULL || gelf_getshdr(section, &header) == NULL) {
        return false;
    }
    for (int i = 0; gelf_getsym(data, i, &entry) != NULL; i++) {
        const char *name = elf_strptr(elf, header.sh_link, entry.st_name);

        if (name != NULL && strcmp(name, symbol->name) == 0 && entry.st_size == symbol->size &&
            entry.st_value != 0 && entry.st_shndx != SHN_UNDEF &&
            GELF_ST_TYPE(entry.st_info) == STT_OBJECT) {
            return true;
        }
    }
    return false;
}

/* In the first symbol table of the file. */
static bool libelf_has(int file, const struct symbol *symbol)
{
    Elf *const elf = elf_begin(file, ELF_C_READ, NULL);
    Elf_Scn *section = NULL;
    bool found = false;

    while (elf != NULL && (section = elf_nextscn(elf, section)) != NULL) {
        GElf_Shdr header;

        if (gelf_getshdr(section, &header) != NULL && header.sh_type == SHT_SYMTAB) {
            found = has(elf, section, symbol);
            break;
        }
    }
    elf_end(elf);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const int file = open(fuzz_file(bytes, size), O_RDONLY | O_CLOEXEC);
    struct symbol found[WANTED];
    enum symbol_table_status status;

    fuzz_require(file >= 0 && elf_version(EV_CURRENT) != EV_NONE);
    memcpy(found, template, sizeof(found));
    status = symbol_table_find(file, found, WANTED);
    fuzz_require(lseek(file, 0, SEEK_CUR) == 0);
    fuzz_require(status != SYMBOL_TABLE_NO_MEMORY);
    for (size_t i = 0; i < WANTED; i++) {
        if (found[i].address != 0) {
            fuzz_require(memmem(bytes, size, found[i].name, strlen(found[i].name) + 1) != NULL);
            fuzz_require(memmem(bytes, size, &found[i].address, sizeof(found[i].address)) != NULL);
        }
        if (status == SYMBOL_TABLE_READ) {
            fuzz_require(found[i].address != 0 || !libelf_has(file, &found[i]));
        }
    }
    close(file);
    return 0;
}
