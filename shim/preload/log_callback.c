#include "shim/preload/log_callback.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include "shim/preload/bridge.h"
#include "shim/preload/hooks.h"

/* The form that the bridge calls: void (*)(int level, const char *message). */
typedef void bridge_log_fn(int level, const char *message);

static bridge_log_fn *_Atomic callback;

HOOK void gvproxy_set_log_callback(void *function)
{
    const int saved = errno;
    set_log_callback_fn *const original = bridge_set_log_callback(__builtin_return_address(0));
    union {
        void *object;
        bridge_log_fn *function;
    } shape = {.object = function};

    atomic_store(&callback, shape.function);
    errno = saved;
    if (original != NULL)
        original(function);
}

void log_callback_sink(void *context, enum log_level level, const char *line)
{
    bridge_log_fn *const function = atomic_load(&callback);

    if (function != NULL)
        function((int)level, line);
    else
        log_to_stderr(context, level, line);
}

bool log_callback_is_set(void)
{
    return atomic_load(&callback) != NULL;
}
