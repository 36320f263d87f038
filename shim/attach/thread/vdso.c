/*
 * The way to the vDSO by the auxiliary vector, and through it by the code that is looked for.
 */
#include "shim/attach/thread/vdso.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "shim/arch/registers.h"
#include "shim/attach/thread/tracee.h"

#define PAGE      4096
#define PAGES_MAX UINT64_C(16) /* it has one or two */

static bool read_word(pid_t pid, uint64_t address, uint64_t *word)
{
    return tracee_read(pid, address, word, sizeof(*word));
}

/* From `at` on: behind the next null pointer. 0 if there is none. */
static uint64_t skip_pointers(pid_t pid, uint64_t at)
{
    uint64_t word = 1;

    while (word != 0) {
        if (!read_word(pid, at, &word)) {
            return 0;
        }
        at += sizeof(word);
    }
    return at;
}

/* argc, argv, environ, and then pairs of a type and a value. */
static uint64_t find_vdso(pid_t pid, uint64_t stack)
{
    uint64_t at = skip_pointers(pid, stack + sizeof(uint64_t));
    uint64_t type;
    uint64_t value;

    at = at == 0 ? 0 : skip_pointers(pid, at);
    while (at != 0 && read_word(pid, at, &type) && type != AT_NULL) {
        if (!read_word(pid, at + sizeof(type), &value)) {
            break;
        }
        if (type == AT_SYSINFO_EHDR) {
            return value;
        }
        at += sizeof(type) + sizeof(value);
    }
    return 0;
}

uint64_t vdso_find_restorer(pid_t pid, uint64_t stack)
{
    const uint64_t vdso = registers_restorer_size > 0 ? find_vdso(pid, stack) : 0;

    for (uint64_t page = vdso; vdso != 0 && page < vdso + PAGES_MAX * PAGE; page += PAGE) {
        unsigned char code[PAGE];
        const unsigned char *found;

        if (!tracee_read(pid, page, code, sizeof(code))) {
            break;
        }
        found = memmem(code, sizeof(code), registers_restorer, registers_restorer_size);
        if (found != NULL) {
            return page + (uint64_t)(found - code);
        }
    }
    return 0;
}
