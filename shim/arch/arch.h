/*
 * All that depends on the processor.
 */
#ifndef SHIM_ARCH_ARCH_H
#define SHIM_ARCH_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many arguments the cgo export wrapper takes whose machine code is `code`, `size` bytes.
 *
 * cgo's wrapper packs arguments and results, 8 bytes each, into a frame and passes its size as the
 * third argument of crosscall2 (Go's cmd/cgo/out.go, writeExports). gvproxy_create has one result,
 * so 16 means one argument and 24 means two. Returns 1 or 2, or 0 if the code shows neither or
 * both.
 */
int arch_wrapper_arguments(const unsigned char *code, size_t size);

/* How far instructions lie apart at least; each begins at a multiple of it. */
extern const size_t arch_code_step;

/*
 * The first instruction in `code`, which lies at `address`, that calls `target`: its offset, or
 * `size` if there is none.
 */
size_t arch_find_call(const unsigned char *code, size_t size, uint64_t address, uint64_t target);

/*
 * Whether `code`, the beginning of Go's net.(*Resolver).lookupIPAddr, takes the length of its host
 * from the register of registers.h: the first thing it does is to reject an empty one.
 */
bool arch_tests_host(const unsigned char *code, size_t size);

#endif
