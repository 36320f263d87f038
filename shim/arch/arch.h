/*
 * All that depends on the processor.
 */
#ifndef SHIM_ARCH_ARCH_H
#define SHIM_ARCH_ARCH_H

#include <stddef.h>

/*
 * How many arguments the cgo export wrapper takes whose machine code is `code`, `size` bytes.
 *
 * cgo's wrapper packs arguments and results, 8 bytes each, into a frame and passes its size as the
 * third argument of crosscall2 (Go's cmd/cgo/out.go, writeExports). gvproxy_create has one result,
 * so 16 means one argument and 24 means two. Returns 1 or 2, or 0 if the code shows neither or
 * both.
 */
int arch_wrapper_arguments(const unsigned char *code, size_t size);

#endif
