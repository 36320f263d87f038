/* gvproxy_set_log_callback: the pointer is kept, and handed on. */
#include "shim/preload/log_callback.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/preload/bridge.h"
#include "shim/preload/hooks.h"
#include "shim/preload/object.h"

/* The form that the bridge calls: void (*)(int level, const char *message). */
typedef void bridge_log_fn(int level, const char *message);

/* The callback, and the object that it lies in: where it starts, mixed with its name; 0 for code in
   no object. */
static bridge_log_fn *_Atomic callback;
static _Atomic uint64_t callback_home;
/* object_unloads when that was looked at last. */
static _Atomic uint64_t callback_checked;

static uint64_t home_of(bridge_log_fn *function)
{
    union {
        bridge_log_fn *function;
        uintptr_t address;
    } shape = {.function = function};
    struct object object;

    return object_find(shape.address, &object) ? object.name_hash ^ object.begin : 0;
}

/*
 * The callback, or NULL while there is none that could be called: the module that set it may have
 * been unloaded since, and the bridge with it.
 */
static bridge_log_fn *current_callback(void)
{
    bridge_log_fn *const function = atomic_load(&callback);
    uint64_t unloads;

    if (function == NULL) {
        return NULL;
    }
    unloads = object_unloads();
    if (unloads != atomic_load(&callback_checked)) {
        if (home_of(function) != atomic_load(&callback_home)) {
            return NULL;
        }
        atomic_store(&callback_checked, unloads);
    }
    return function;
}

HOOK void gvproxy_set_log_callback(void *function)
{
    const int saved = errno;
    set_log_callback_fn *const original = bridge_set_log_callback(__builtin_return_address(0));
    union {
        void *object;
        bridge_log_fn *function;
    } shape = {.object = function};

    atomic_store(&callback_home, function != NULL ? home_of(shape.function) : 0);
    atomic_store(&callback, shape.function);
    errno = saved;
    if (original != NULL) {
        original(function);
    }
}

void log_callback_sink(void *context, enum log_level level, const char *line)
{
    bridge_log_fn *const function = current_callback();

    if (function != NULL) {
        function((int)level, line);
    } else {
        log_to_stderr(context, level, line);
    }
}

bool log_callback_is_set(void)
{
    return current_callback() != NULL;
}
