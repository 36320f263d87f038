/* The texts of what stops a repair, each with its way out. */
#include "shim/attach/border.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shim/boxlite/release.h"

static const char way_out[] = "or set BOXLITE_ALLOWNET=off to start the box unrepaired";

__attribute__((format(printf, 3, 4))) static void tell(char *text, size_t size, const char *format,
                                                       ...)
{
    va_list arguments;
    size_t used;

    va_start(arguments, format);
    vsnprintf(text, size, format, arguments);
    va_end(arguments);
    used = strlen(text);
    snprintf(text + used, size - used, "; %s", way_out);
}

void border_describe_shim(enum symbols_status status, const char *path, int error, char *text,
                          size_t size)
{
    switch (status) {
    case SYMBOLS_OK:
        break;
    case SYMBOLS_UNREADABLE:
        tell(text, size, "allowNet: cannot read %s: %s; make it readable", path, strerror(error));
        break;
    case SYMBOLS_FOREIGN:
        tell(text, size,
             "allowNet: %s is no ELF executable for this processor; start boxlite-shim itself, not "
             "a script around it",
             path);
        break;
    case SYMBOLS_DYNAMIC:
        tell(text, size,
             "allowNet: %s is dynamically linked, and attach repairs static programs only; start "
             "it with LD_PRELOAD",
             path);
        break;
    case SYMBOLS_STRIPPED:
        tell(text, size,
             "allowNet: %s has no symbol table, so gvproxy_create cannot be found in it; use "
             "boxlite's own build of it",
             path);
        break;
    case SYMBOLS_NO_BRIDGE:
        tell(text, size,
             "allowNet: %s does not define gvproxy_create, malloc and free as a boxlite-shim does; "
             "use boxlite's own build of it",
             path);
        break;
    case SYMBOLS_NO_LOOKUPS:
        tell(
            text, size,
            "allowNet: %s asks for its hosts in a way that is not known here; use boxlite 0.9.7 or "
            "0.10.0, or one of " RELEASE_UNAFFECTED " or newer, which needs no repair",
            path);
        break;
    }
}

void border_describe_unknown(const char *path, char *text, size_t size)
{
    tell(text, size,
         "allowNet: nothing in %s tells whether it needs the repair; put boxlite's own build of it "
         "there, not packed and without a wrapper; a release after " RELEASE_NEWEST
         " needs no repair: remove "
         "it",
         path);
}

void border_describe_helper(const char *call, int error, char *text, size_t size)
{
    tell(text, size,
         "allowNet: no helper can be started beside boxlite-shim: %s: %s; raise the limits on "
         "processes and descriptors (pids.max, RLIMIT_NPROC, RLIMIT_NOFILE)",
         call, strerror(error));
}
