/*
 * What the Go linker writes into every program about its making (Go's debug/buildinfo, the format
 * since 1.18: a magic, then two strings in the text itself, each with its length before it).
 */
#ifndef BOXLITE_GO_INFO_H
#define BOXLITE_GO_INFO_H

#include <stdbool.h>
#include <stddef.h>

struct go_info {
    char version[32];  /* "go1.26.4" */
    char revision[64]; /* vcs.revision; "" where it was built without */
    char matcher[32];  /* version of gvisor-tap-vsock; "" if it is not in it */
};

/* Looks for the info of a program that holds gvisor-tap-vsock; false, and *out empty, if there is
   none. */
bool go_info_read(const void *bytes, size_t size, struct go_info *out);

#endif
