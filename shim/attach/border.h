/*
 * What keeps a shim from being repaired, told to the operator.
 */
#ifndef ATTACH_BORDER_H
#define ATTACH_BORDER_H

#include <stddef.h>
#include <sys/types.h>

#include "shim/boxlite/symbols.h"

/* Each writes one line, without newline, that names the border and the remedy. */

/* `error`: errno where the file could not be read. */
void border_describe_shim(enum symbols_status status, const char *path, int error, char *text,
                          size_t size);

/* No helper could be had: `call` failed with `error`. */
void border_describe_helper(const char *call, int error, char *text, size_t size);

/* The kernel answered ptrace, process_vm_readv or process_vm_writev with `error`. */
void border_describe_ptrace(int error, char *text, size_t size);

/* The helper ended, with `status` as from waitpid, before it had an answer. */
void border_describe_death(int status, char *text, size_t size);

#endif
