/*
 * The original bridge behind the hooks.
 */
#ifndef PRELOAD_BRIDGE_H
#define PRELOAD_BRIDGE_H

#include <stdbool.h>

#include "shim/boxlite/image.h"
#include "shim/preload/object.h"

typedef long long create_fn(char *json, char **error_out);
typedef void set_log_callback_fn(void *function);

struct bridge {
    create_fn *create;
    bool two_arguments;   /* takes `error_out` for certain */
    struct object object; /* that defines it */
};

/*
 * Finds the gvproxy_create that a caller at `caller` would have reached without us. Looked up anew
 * each time, since the object may come and go. False if there is none. Any thread.
 */
bool bridge_find(const void *caller, struct bridge *out);

/* Likewise for gvproxy_set_log_callback; NULL if there is none. */
set_log_callback_fn *bridge_set_log_callback(const void *caller);

/*
 * Whether the bridge resolves `allow_net` at create and sinkholes the rest, told by its constants
 * (health_marks.h): better than version numbers. One of our own marks, or the lack of any rules, is
 * proof that it does not. Reads through the object's mapped segments, once per object. Any thread.
 */
enum image_health bridge_health(const struct bridge *bridge);

#endif
