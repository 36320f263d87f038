/*
 * What attach has to know of a shim's file: where its functions are.
 */
#ifndef BOXLITE_SYMBOLS_H
#define BOXLITE_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#define SYMBOLS_LOOKUPS_MAX 4

/* Addresses as in the file; a position independent executable lies elsewhere by a constant. 0 for a
   function that is not there. */
struct symbols {
    uint64_t entry; /* where the program starts */

    uint64_t create;           /* gvproxy_create */
    int create_arguments;      /* 1 or 2; 0 if its code does not tell */
    uint64_t set_log_callback; /* gvproxy_set_log_callback */
    uint64_t start_machine;    /* krun_start_enter: behind it nothing is created any more */

    /* The bridge's own calls of net.(*Resolver).lookupIPAddr: in Go's package main, which in a
       c-archive is the bridge, so that other users of Go's resolver are left alone. */
    uint64_t lookup;
    uint64_t lookup_calls[SYMBOLS_LOOKUPS_MAX];
    size_t lookup_call_count;

    uint64_t malloc;
    uint64_t free;
    uint64_t sigaltstack;
    uint64_t waitpid;
    uint64_t
        restorer; /* __restore_rt: what a signal handler returns to, where the kernel has none */

    /* The first bytes of gvproxy_create, to be found again in memory. */
    unsigned char evidence[32];
};

enum symbols_status {
    SYMBOLS_OK,
    SYMBOLS_NO_LOOKUPS, /* complete but for the bridge's own lookups: they cannot be answered */
    SYMBOLS_UNREADABLE, /* errno says why */
    SYMBOLS_FOREIGN,    /* no ELF executable for this processor */
    SYMBOLS_DYNAMIC,    /* the dynamic loader starts it */
    SYMBOLS_STRIPPED,   /* no symbol table */
    SYMBOLS_NO_BRIDGE   /* functions that attach needs are missing */
};

enum symbols_status symbols_read(const char *path, struct symbols *out);

/* The same for an image in memory, which is only read. */
enum symbols_status symbols_read_memory(const void *bytes, size_t size, struct symbols *out);

#endif
