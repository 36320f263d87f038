/*
 * Where in a file the bridge is: the file itself, or an ELF image inside it. boxlite's SDK
 * libraries carry the static shim as plain bytes, since 0.7.
 */
#ifndef DOCTOR_BRIDGE_IMAGE_H
#define DOCTOR_BRIDGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/boxlite/symbols.h"
#include "shim/command/doctor/facts.h"

struct bridge_image {
    const void *bytes; /* NULL if there is none */
    size_t size;
    bool embedded;
    bool imports; /* it is none, but loads one: gvproxy_create is among its imports */
    enum facts_linkage linkage;
    enum symbols_status status;
    struct symbols symbols;
    void *copy; /* owned: an embedded image is seldom aligned */
};

enum bridge_search { BRIDGE_SEARCHED, BRIDGE_NO_ELF, BRIDGE_NO_MEMORY };

/* Searches the mapped file; *out is to be freed with bridge_image_clear in any case and refers to
   `bytes`. */
enum bridge_search bridge_image_find(const void *bytes, size_t size, struct bridge_image *out);

void bridge_image_clear(struct bridge_image *image);

#endif
