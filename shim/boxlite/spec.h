/*
 * boxlite's InstanceSpec, as far as it says which names a box may need.
 */
#ifndef BOXLITE_SPEC_H
#define BOXLITE_SPEC_H

#include <stddef.h>

enum spec_status {
    SPEC_READ,    /* what it allows is known */
    SPEC_UNKNOWN, /* no document that can be understood */
    SPEC_NOMEM
};

/*
 * Looks for `allow_net` in `length` bytes at `json`, wherever it is: inside `network_config` up to
 * 0.9.7, `network_backend_spec` in 0.10. On SPEC_READ *config is a configuration as the bridge
 * would get it, with the same rules and nothing else of the box's in it; NUL-terminated, the
 * caller's to free.
 */
enum spec_status spec_read(const char *json, size_t length, char **config);

#endif
