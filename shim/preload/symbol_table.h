/*
 * Local symbols of a loaded object. The loader knows exported ones only; all others are in the
 * section .symtab (System V ABI, "Symbol Table"), which is in the object's file and not in memory.
 */
#ifndef PRELOAD_SYMBOL_TABLE_H
#define PRELOAD_SYMBOL_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* A variable that is looked for. */
struct symbol {
    const char *name;
    uint64_t size;    /* in bytes; one of another size is another variable */
    uint64_t address; /* out: as in the file, without the load address; 0 while it is not found */
};

enum symbol_table_status {
    SYMBOL_TABLE_READ,       /* whatever is in it has been found */
    SYMBOL_TABLE_NONE,       /* the file has none: it is stripped, or no ELF file for 64 bits */
    SYMBOL_TABLE_UNREADABLE, /* the file is damaged or cannot be read */
    SYMBOL_TABLE_NO_MEMORY
};

/*
 * Looks for the `count` symbols at `wanted` in the open file `file`, whose offset stays as it is.
 * Nothing in the file is believed: each offset is checked against its size, and it is read, not
 * mapped, so that one which is cut meanwhile ends nobody with SIGBUS. Any thread; little stack.
 */
enum symbol_table_status symbol_table_find(int file, struct symbol *wanted, size_t count);

#endif
