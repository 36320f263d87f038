/* Works out, in the constructor, what the hooks will need. */
#include "shim/carry/carry.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "shim/base/names.h"

static struct carry carry;
static const struct carry *_Atomic in_force;

/* Copies: setenv(3) leaves the strings alone, but programs that change their title write over them.
 */
static void keep_variables(char *const *environment)
{
    static char room[16384];
    size_t used = 0;
    size_t count = 0;

    for (; environment != NULL && *environment != NULL; environment++) {
        const size_t size = strlen(*environment) + 1;

        if (!settings_concern(*environment)) {
            continue;
        }
        if (count == CARRY_VARIABLES_MAX || size > sizeof(room) - used) {
            continue;
        }
        carry.variables[count++] = memcpy(room + used, *environment, size);
        used += size;
    }
}

static const char *find(char *const *environment, const char *wanted)
{
    while (*environment != NULL && strcmp(*environment, wanted) != 0) {
        environment++;
    }
    return *environment;
}

/* Our object's file: its path as it was loaded where it is gone since, as in an upgrade, which
   brings another under that name. False where it cannot be told. */
static bool read_object(void)
{
    static const char here; /* an address inside this object */
    Dl_info info;
    size_t size;

    if (dladdr(&here, &info) == 0) {
        return false;
    }
    if (realpath(info.dli_fname, carry.object) != NULL) {
        return true;
    }
    size = strlen(info.dli_fname) + 1;
    if (info.dli_fname[0] != '/' || size > sizeof(carry.object)) {
        return false;
    }
    memcpy(carry.object, info.dli_fname, size);
    return true;
}

/* False where they cannot be told. */
static bool read_paths(void)
{
    char *slash;

    if (!read_object()) {
        return false;
    }
    if (stat(carry.object, &carry.object_status) != 0) {
        memset(&carry.object_status, 0, sizeof(carry.object_status));
    }
    memcpy(carry.command, carry.object, sizeof(carry.command));
    slash = strrchr(carry.command, '/');
    if ((size_t)(slash + 1 - carry.command) + sizeof(NAMES_COMMAND) > sizeof(carry.command)) {
        return false;
    }
    memcpy(slash + 1, NAMES_COMMAND, sizeof(NAMES_COMMAND));
    return true;
}

/* Where they are not known the start of a shim fails at a command that is not there, and says so,
   rather than to go by unrepaired. */
static void find_paths(void)
{
    if (read_paths()) {
        return;
    }
    memcpy(carry.object, "/" NAMES_OBJECT, sizeof("/" NAMES_OBJECT));
    memcpy(carry.command, "/" NAMES_COMMAND, sizeof("/" NAMES_COMMAND));
}

/* Whether the program that this process executes is bwrap. */
static bool is_bwrap(void)
{
    const char *program = (const char *)getauxval(AT_EXECFN);

    return program != NULL && strcmp(names_base(program), NAMES_BWRAP) == 0;
}

const struct carry *carry_start(char *const *environment, const struct settings *settings)
{
    find_paths();
    carry.tolerant =
        settings->static_shims == SETTINGS_STATIC_WARN || settings->mode == SETTINGS_OBSERVE;
    keep_variables(environment);
    if (is_bwrap()) {
        /* Its parent may be one that the loader cannot enter. From inside the jail our command
           could not be reached any more, so the exec hooks of a bwrap stay out of force. */
        return find(environment, NAMES_JAIL_SEEN "=seen") == NULL ? &carry : NULL;
    }
    atomic_store_explicit(&in_force, &carry, memory_order_release);
    return NULL;
}

const struct carry *carry_in_force(void)
{
    return atomic_load_explicit(&in_force, memory_order_acquire);
}
