/*
 * Where boxlite would find its shim.
 */
#ifndef OVERLAY_SEARCH_H
#define OVERLAY_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Looks as boxlite does (util/binary_finder.rs): in BOXLITE_RUNTIME_DIR, in the directory that it
 * unpacks its own into, in LD_LIBRARY_PATH; past overlays, which are made of what comes further
 * down. False, the reason on standard error, if there is no shim, or more than one to choose from.
 */
bool search_shim(char *path, size_t size);

#endif
